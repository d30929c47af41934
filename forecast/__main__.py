"""`python -m forecast`: the command line."""

from forecast.cli.app import program

if __name__ == "__main__":
    program()
