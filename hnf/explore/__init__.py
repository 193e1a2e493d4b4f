"""The explorer: one page with every measure, period and area in it."""
