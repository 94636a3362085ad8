"""The command and the process tree."""
