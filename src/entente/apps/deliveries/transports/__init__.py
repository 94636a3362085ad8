"""The ways out: webhook, mail, page."""
