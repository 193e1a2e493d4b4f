"""England's high needs funding: load, recompute, rank, explain, brief."""

__version__ = "0.1.0"
