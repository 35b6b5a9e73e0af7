"""What is on its way to disk: files that are replaced whole or not at all."""
