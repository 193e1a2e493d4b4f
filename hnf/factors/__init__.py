"""The factor formula: counts of a file of the user's, and the engine that runs on them."""
