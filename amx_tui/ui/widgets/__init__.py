"""Widgets that know domain objects and nothing of services."""
