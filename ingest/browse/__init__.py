"""The archive in a browser: Datasette with the project's own pages, on loopback, read-only, without scripts."""
