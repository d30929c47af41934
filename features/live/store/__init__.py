"""What was downloaded, as it came and as tables: every vintage, of which none is ever changed."""
