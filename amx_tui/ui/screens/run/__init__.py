"""One run: its facts, and its results grouped by table."""
