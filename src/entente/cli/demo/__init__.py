"""`entente demo`: an exercise with invented content that plays the main job and then waits for the visitor."""

from entente.cli.demo.command import command

__all__ = ["command"]
