"""Messages of organizers to many groups."""
