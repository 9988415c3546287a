"""Audit, work done by workers, processes, and the state of the installation."""
