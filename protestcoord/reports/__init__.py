"""What does anybody say is wrong with something public, and what became of it."""
