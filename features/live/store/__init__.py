"""What was downloaded, as it came and as it was understood, every vintage of it; nothing kept here is ever changed."""
