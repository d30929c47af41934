"""Data that are downloaded: the web, its origins, and the store of vintages."""
