"""Members, the audit trail and the sessions."""
