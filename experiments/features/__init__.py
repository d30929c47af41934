"""The page that describes every feature of the catalogue."""
