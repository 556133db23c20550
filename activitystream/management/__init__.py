"""Commands for those who run a site (see docs/operations.md)."""
