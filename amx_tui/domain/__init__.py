"""Pure data and rules. Nothing in here reads a file, a clock or a database."""
