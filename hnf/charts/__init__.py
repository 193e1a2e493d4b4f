"""Charts as data, drawn to SVG and PNG."""
