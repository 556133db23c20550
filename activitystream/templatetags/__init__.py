"""Template tags: `{% load activitystream %}`."""
