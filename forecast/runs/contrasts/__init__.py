"""Contrasts: what followed past surges in one state of the world and in the other; a description, and no forecast."""
