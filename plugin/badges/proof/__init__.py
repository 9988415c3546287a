"""Proofs: canonical forms, keys, signatures, verification methods."""
