"""Sources of data that `--data` names, and files of prices that a user names, one a file."""
