"""The console: the cockpit of the people who receive, execute, assess, decide and answer."""
