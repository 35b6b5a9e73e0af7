"""Documentation pages: their list, each as people read it, its versions and who wrote what."""
