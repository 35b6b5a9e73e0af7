"""The async repository layer over the store's tables."""
