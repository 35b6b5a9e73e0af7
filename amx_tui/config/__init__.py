"""The AMX home: `config.yml`, secrets, identity, this program's settings and themes."""
