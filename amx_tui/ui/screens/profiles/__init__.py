"""Database profiles: the list, and the form of one."""
