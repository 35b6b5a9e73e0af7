"""History: who drafted what, when, over which scope."""
