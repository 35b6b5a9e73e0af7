"""Dialogs: asking before something happens."""
