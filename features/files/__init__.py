"""Reading a user's files, bounded, and writing atomically."""
