"""Mutation testing of the engine: `python -m scripts.mutants`."""
