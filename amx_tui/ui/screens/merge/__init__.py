"""Merging what two people made of one page, so that both are glad afterwards."""
