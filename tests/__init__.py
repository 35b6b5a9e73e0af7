"""Tests of amx-tui."""
