"""Writing a page: on disk within two seconds of a key, saved under optimistic concurrency."""
