"""The command line: `amx-tui` opens the app, `amx-tui VERB` does one thing and prints the answer."""
