"""Many markets at once: their list, their studies on disk, and blocks of their folds on one pool of workers."""
