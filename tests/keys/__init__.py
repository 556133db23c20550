"""A site whose models have keys of every kind, and the tests of what refers to their rows."""
