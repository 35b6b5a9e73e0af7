"""The Apply screen."""
