"""Publishing: drafts, publish and retract, signal hooks, fan-out."""

from .drafts import Draft
from .edit import edit
from .fanout import fan_out
from .follows import on_change
from .forget import connect_users, forget_user
from .hooks import connect, disconnect
from .publish import fan_out_again, publish, publish_many
from .pulling import review
from .receipts import forget_receipts, once
from .retract import refresh, retract
from .visibility import change_visibility

__all__ = [
    "Draft",
    "change_visibility",
    "connect",
    "connect_users",
    "disconnect",
    "edit",
    "fan_out",
    "fan_out_again",
    "forget_receipts",
    "forget_user",
    "on_change",
    "once",
    "publish",
    "publish_many",
    "refresh",
    "retract",
    "review",
]
