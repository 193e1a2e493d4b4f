"""The high needs national funding formula: its parameters by year, its published steps and the factor engine."""
