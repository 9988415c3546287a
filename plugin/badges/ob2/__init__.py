"""Open Badges 2.0, hosted and signed."""
