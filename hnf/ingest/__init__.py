"""New published files into the user's own tables: recognised, compared, checked, and only then put in place."""
