"""The functions of the app for asynchronous code: each is the one without the `a`, in Django's thread for
SQL.

A page is another matter: `Feed.apage` reads a warm one without a thread.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async

from .graph import follow, is_following, unfollow
from .publishing import change_visibility, edit, publish, publish_many, refresh, retract

__all__ = [
    "achange_visibility",
    "aedit",
    "afollow",
    "ais_following",
    "apublish",
    "apublish_many",
    "arefresh",
    "aretract",
    "aunfollow",
]

achange_visibility = sync_to_async(change_visibility)
aedit = sync_to_async(edit)
afollow = sync_to_async(follow)
ais_following = sync_to_async(is_following)
apublish = sync_to_async(publish)
apublish_many = sync_to_async(publish_many)
arefresh = sync_to_async(refresh)
aretract = sync_to_async(retract)
aunfollow = sync_to_async(unfollow)
