"""The Review screen: one asset at a time, decided by one key."""
