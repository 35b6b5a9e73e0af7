"""The screens: one folder each, the style sheet beside the code."""
