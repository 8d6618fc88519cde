"""Custody's outside: copies on a file system, read anew, and checkpoints kept apart."""
