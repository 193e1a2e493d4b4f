"""Other rules: who gains and who loses."""
