"""Runs the command as ``python -m protestcoord``."""

from protestcoord.cli import main

main()
