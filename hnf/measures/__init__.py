"""What is measured and divided by what: published figures with their ids, denominators, and the rates made of both.

The formula and the analysis both stand on this stage.
"""
