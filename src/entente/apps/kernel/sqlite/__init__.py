"""SQLite for several processes: Django's backend, with writers that queue instead of asking again and again."""
