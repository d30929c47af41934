"""`python -m forecast.train`: the command `train` of the command line. Its steps, in order, are those of `forecast.api.train`."""

import sys

from forecast.cli.app import program

if __name__ == "__main__":
    program(["train", *sys.argv[1:]])
