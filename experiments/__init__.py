"""What we tried: one TOML an experiment."""
