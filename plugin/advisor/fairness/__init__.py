"""Fairness reports: gaps, impact, intersections, proxies and gates."""
