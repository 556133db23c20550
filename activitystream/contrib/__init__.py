"""Optional integrations: each is imported only where what it integrates is installed."""
