"""What a volunteer may do without an account: say "I will come", and be reminded."""
