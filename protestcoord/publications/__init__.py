"""The read side: finished files made from a snapshot."""
