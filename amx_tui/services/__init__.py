"""Use-cases: what the program can do, said once for the command line and the screens."""
