"""Screens and widgets, driven by keys."""
