"""What is downloaded and stored: the web, its origins, the store of vintages."""
