"""Pictures: drawn on Figure objects, with no state beyond them."""
