"""Learning statements (xAPI 1.0.3, IEEE 9274.1.1 and cmi5): judged, compared and read as learning facts, without any I/O but batch.py's files."""
