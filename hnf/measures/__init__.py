"""What is measured and divided by what: published figures with their ids, denominators, and the rates made of both.

Formula and analysis both use this stage; `register` is the place to add a measure.
"""
