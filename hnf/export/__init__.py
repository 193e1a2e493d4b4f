"""Publishing: the tidy tables in the formats that other people's tools read."""
