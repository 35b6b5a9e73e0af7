"""Side by side with the real amx-cli: its own code makes, fills, reads and changes the store that we work on."""
