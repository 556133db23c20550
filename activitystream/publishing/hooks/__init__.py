"""Signal hooks: what happens to rows of registered models becomes activities.

Every receiver is connected with a sender. One without would switch off Django's fast deletes for every model
of the project.
"""

from .wiring import connect, disconnect

__all__ = ["connect", "disconnect"]
