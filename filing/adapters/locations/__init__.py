"""Further places for copies: a folder on this machine, an S3-compatible service."""
