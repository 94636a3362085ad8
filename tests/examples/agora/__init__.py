"""Agora, driven through its pages and its webhooks."""
