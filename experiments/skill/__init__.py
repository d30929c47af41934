"""The skill that the README states: measured on two runs, and the pages that show it."""
