"""Approved raises: checked, sent, and what became of them."""
