"""What we know: values, tables, releases and the answer rules. Imports nothing of ours."""
