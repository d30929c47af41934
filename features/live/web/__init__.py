"""Asks origins on the network, within limits of time, size and rate."""
