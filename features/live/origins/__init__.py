"""Publishers of data, and the formats of their files."""
