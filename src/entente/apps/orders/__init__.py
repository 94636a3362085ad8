"""Removal orders and other binding orders at a platform: executed inside the hour, assessed after."""
