"""Public statements: read, searched for on every basis, judged."""
