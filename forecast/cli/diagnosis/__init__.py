"""What a training would find here: packages, machine, places to write, data. Nothing is computed and nothing is written."""
