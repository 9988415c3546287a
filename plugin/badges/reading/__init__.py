"""Documents as they arrive: baked pictures, JSON, times, addresses."""
