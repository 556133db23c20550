"""Live feeds: what happens to a feed, told to who watches it, as it happens.

One thread for each process (`hub`) reads the event logs; what happens in one space is the work of its
`delivery`. `joining` lets a connection begin, `news` finds out what each reader may know, `counts` how many
are new, and `watchers` have the queues at which the coroutines of connections wait. `members` says who
watches what, and how many may; `frames` is the text of Server-Sent Events.
"""

from .hub import get_hub
from .members import TooMany, TooManyOfOne
from .watchers import Watcher, client_of

__all__ = ["TooMany", "TooManyOfOne", "Watcher", "client_of", "get_hub"]
