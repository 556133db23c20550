"""The app of the tenants themselves."""
