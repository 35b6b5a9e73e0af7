"""The keys of a screen, filterable."""
