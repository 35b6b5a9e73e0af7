"""The shared history store: where it is, and the steps that set it up."""
