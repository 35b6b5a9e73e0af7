"""The line at the bottom that filters and commands are typed into."""
