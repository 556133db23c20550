"""Live feeds: what happens to a feed, told to who watches it, as it happens.

One thread for each process (`hub`) reads the event log of the store and puts what each watcher (`watchers`)
may see into its queue; the connections are coroutines that wait at their queues. `frames` is the text of
Server-Sent Events.
"""

from .hub import TooMany, get_hub
from .watchers import Watcher

__all__ = ["TooMany", "Watcher", "get_hub"]
