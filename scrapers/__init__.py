"""World to documents: the one polite, guarded way out. Imports only `store`."""
