"""Training, measuring and keeping the model."""
