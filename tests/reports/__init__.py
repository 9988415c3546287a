"""Public bug reports of others, each with its reference and the right behaviour."""
