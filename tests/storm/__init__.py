"""Many clients on few pages over bad lines: what they do, what they write down, and who checks it."""
