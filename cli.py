"""`python cli.py …` from a checkout; the installed command is `hnf`."""

from hnf.commands import app

if __name__ == "__main__":
    app()
