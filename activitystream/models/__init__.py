"""The SQL truth: activities, follows, and the journal of what must follow a commit."""

from .activity import ROLES, Activity, ActivityQuerySet, role_filter
from .deleted import DeletedObject
from .follow import FOLLOW, Follow
from .journal import JournalEntry
from .keys import is_sure, read_key, to_key, to_keys, user_keys
from .notification import Notification
from .pulled import PulledAudience
from .receipt import Receipt
from .refs import Ref, by_model
from .request import FollowRequest
from .stream import Stream
from .sweep import Sweep
from .visibility import Addressee, Block, Mute, Visibility

__all__ = [
    "FOLLOW",
    "ROLES",
    "Activity",
    "ActivityQuerySet",
    "Addressee",
    "Block",
    "DeletedObject",
    "Follow",
    "FollowRequest",
    "JournalEntry",
    "Mute",
    "Notification",
    "PulledAudience",
    "Receipt",
    "Ref",
    "Stream",
    "Sweep",
    "Visibility",
    "by_model",
    "is_sure",
    "read_key",
    "role_filter",
    "to_key",
    "to_keys",
    "user_keys",
]
