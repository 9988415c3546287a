"""Raise Advisor: learning records and badges in, fair and explained raise guidance out."""

__version__ = "0.1.0"
