"""Comments on our own channels."""
