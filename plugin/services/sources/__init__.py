"""What comes in: connections, runs, webhooks, the inbox and what is applied from it."""
