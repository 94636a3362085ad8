"""Deliveries: the one outbox. Every message that leaves is a row with its own schedule, attempts and answer."""
