"""Comparing runs side by side, and settling what differs."""
