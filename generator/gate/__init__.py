"""The contamination gate: known public benchmarks, and whether a question is one of theirs."""
