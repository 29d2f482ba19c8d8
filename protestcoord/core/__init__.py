"""What every room of the house may use; it knows nothing of protests."""
