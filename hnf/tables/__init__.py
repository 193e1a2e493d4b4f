"""The tidy tables: declared, checked, read."""
