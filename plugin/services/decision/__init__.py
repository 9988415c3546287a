"""A recommendation as a manager sees it, what managers decide, and who approves."""
