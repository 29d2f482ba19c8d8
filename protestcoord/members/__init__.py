"""Who works on a campaign together, in which role, and what two of them do together."""
