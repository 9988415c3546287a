"""Badges checked, what they mean here, the skill ledger and learning hours."""
