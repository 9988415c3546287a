"""Training, cards, comparison, drift, fairness reports and the study."""
