"""The test kit that sites use."""
