"""Groups, their claims on slots, their contacts and their own pages."""
