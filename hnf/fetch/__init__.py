"""Finding and downloading the published files."""
