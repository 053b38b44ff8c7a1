"""What an embedder is. The real one, sentence-transformers, is built in `build_embedder`."""
