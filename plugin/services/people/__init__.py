"""Persons, the names by which the outside knows them, accounts, and erasure."""
