"""`python -m hnf …`, where the command `hnf` is not on the path."""

from hnf.commands import app

if __name__ == "__main__":
    app()
