"""One file a schema change, up and down."""
