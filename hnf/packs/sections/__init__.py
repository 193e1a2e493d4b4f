"""The sections of a pack, one module each: what it says, its charts and its tables."""
