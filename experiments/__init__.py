"""What we tried: one TOML an experiment, and what a measurement needs besides."""
