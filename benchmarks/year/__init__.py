"""A simulated year of a morning job that forecasts from live data, and everything that goes wrong in it."""
