"""Asking origins on the network: bounded, patient and polite."""
