"""What the app did, for sites and tools to listen to, after the fact.

Connect as to any signal of Django. They are sent with `send_robust`: a receiver that raises is logged by
Django (the logger `django.dispatch`) and harms nobody. Receivers run in the process and thread that did the
work, so keep them short. `seconds`, where it is given, is a float, of a clock on the wall.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = [
    "accepted",
    "delivered",
    "notified",
    "page_read",
    "published",
    "rebuilt",
    "requested",
    "retracted",
    "swept",
]

published = Signal()
"""Activities were published; sent once their transaction has committed. The sender is `Activity`.

`activities`: the new rows, in the order of their drafts; `count`: how many; `seconds`: for writing them.
"""

retracted = Signal()
"""Activities were taken out of everything; sent after the commit. The sender is `Activity`.

`count`: how many; `seconds`.
"""

notified = Signal()
"""People were told of activities; sent after the commit. The sender is `Notification`.

`notifications`: the new rows, each with `recipient_id` and `activity_id` (not every database gives the rows
their own keys); `count`: how many. What somebody may not see, or has muted, can be among them, since that
is decided when it is read: ask `get_entry(activity_id, recipient)`.
"""

requested = Signal()
"""A user asks to follow what is private; sent after the commit. The sender is `FollowRequest`.

`requests`: the new rows; `count`: how many. Asking again is not told.
"""

accepted = Signal()
"""A request was accepted, and is a follow now; sent after the commit. The sender is `FollowRequest`.

`request`: the row that waited, with its `follower` and `owner`; `follow`: the follow.
"""

delivered = Signal()
"""One step of a fan-out has written to streams. The sender is `JournalEntry`.

`activities`: how many were delivered; `count`: how many streams they were offered to (cold ones skip them);
`done`: whether this was the last step; `seconds`.
"""

rebuilt = Signal()
"""A cold stream was built from its query. The sender is the feed's class.

`feed`: its name; `stream`: the stream's id; `count`: the ids that it has; `warm`: False if it was dropped
meanwhile, and is cold again; `seconds`.
"""

page_read = Signal()
"""A page was read. The sender is the feed's class.

`feed`: its name; `stream`: the stream's id; `count`: entries (or groups) on the page; `seconds`.
"""

swept = Signal()
"""A sweep has ended. The sender is `JournalEntry`.

`done` and `failed`: journal entries; `pending`: entries that are left, of whatever age; `seconds`.
"""
