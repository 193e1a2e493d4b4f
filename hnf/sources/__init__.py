"""From published files to tidy rows: the catalogue, the sheet reader and one loader a kind of file."""
