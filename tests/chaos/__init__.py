"""Chaos test: a whole site under random load and random faults, compared with what it should have shown.

`python -m tests.chaos --help` says how to run it.
"""
