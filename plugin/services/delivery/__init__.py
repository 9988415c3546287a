"""What leaves: events, the outbox, webhook endpoints, writes to the HR suite."""
