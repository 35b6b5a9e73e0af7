"""The demo: a made-up team in an AMX home of its own, with nothing to configure."""
