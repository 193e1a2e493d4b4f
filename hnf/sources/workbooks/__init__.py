"""Files from outside: their limits, and reading them as cells with addresses."""
