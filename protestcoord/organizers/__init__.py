"""Who organizes: accounts, sign-in and the audit log."""
