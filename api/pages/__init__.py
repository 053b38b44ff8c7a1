"""Web pages: rendered on the server, readable without scripts, nothing loaded from elsewhere."""
