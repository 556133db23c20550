"""The servers and processes of the fault tests."""

from tests.faults.conftest import crowd, server, start

__all__ = ["crowd", "server", "start"]
