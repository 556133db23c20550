"""A test kit for sites: settings, registrations, feeds and stores for the length of one test.

It needs nothing but Django. `activitystream.testing.plugin` has the same as fixtures for pytest.
"""

from .feeds import check_feed, isolated_feeds
from .options import activitystream_settings
from .registrations import isolated_registry, override_registration, registered
from .stores import key_space, store_down, use_store

__all__ = [
    "activitystream_settings",
    "check_feed",
    "isolated_feeds",
    "isolated_registry",
    "key_space",
    "override_registration",
    "registered",
    "store_down",
    "use_store",
]
