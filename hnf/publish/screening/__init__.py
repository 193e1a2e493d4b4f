"""The screening rules of Explore Education Statistics, for any data file and its metadata.

The rules are those that the Department for Education publishes for its own producers (the analysts' guide on open data
standards, and the public screening tools), written anew here. `screen.py` runs them; `model.py` says what a rule is.
"""
