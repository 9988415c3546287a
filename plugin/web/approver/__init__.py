"""The approver's pages: what awaits approval, one team, approve or send back."""
