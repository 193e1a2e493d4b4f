"""Settings of the documentation site: `sphinx-build -W -b html docs build/site`."""

from hnf.release import __version__

project = "hnf"
author = "The hnf contributors"
copyright = author  # noqa: A001 - the name that sphinx reads
version = release = __version__
language = "en_GB"
extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = f"hnf {__version__}"
html_show_sphinx = False
exclude_patterns = ["build", "**/.ipynb_checkpoints"]
# Web addresses are not followed: the machines that build the site have no network.
nitpicky = False
