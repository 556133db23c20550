"""The admin: activities to read, edit and retract; who follows and blocks whom; streams and the engine.

Rows of other models are shown by name, linked, and loaded together: a list costs as many queries with a
hundred rows as with two. Filters do not scan large tables: they offer what is in the newest rows, and time is
asked of the ids.
"""

from .activities import ActivityAdmin
from .deleted import DeletedObjectAdmin
from .journal import JournalEntryAdmin
from .notifications import NotificationAdmin
from .people import BlockAdmin, FollowAdmin, FollowRequestAdmin, MuteAdmin
from .streams import StreamAdmin

__all__ = [
    "ActivityAdmin",
    "BlockAdmin",
    "DeletedObjectAdmin",
    "FollowAdmin",
    "FollowRequestAdmin",
    "JournalEntryAdmin",
    "MuteAdmin",
    "NotificationAdmin",
    "StreamAdmin",
]
