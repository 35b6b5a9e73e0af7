"""What a verb answers, on a screen of its own."""
