"""The tags of this app. A finished feed:

{% load activitystream %}
{% activitystream_assets %}
{% feed "home" user %}
"""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from . import _buttons, _feeds, _notifications, _requests
from ._links import feed_links
from ._sentences import activity_sentence, card_link, group_sentence
from ._times import relative_time

__all__ = ["activitystream_assets", "register"]

register = template.Library()
register.simple_tag(activity_sentence, takes_context=True)
register.simple_tag(group_sentence, takes_context=True)
register.simple_tag(relative_time)
register.filter(card_link)
register.simple_tag(_feeds.feed, takes_context=True)
register.simple_tag(_feeds.feed_page, takes_context=True)
register.simple_tag(_feeds.render_feed, takes_context=True)
register.simple_tag(_feeds.render_activity, takes_context=True)
register.simple_tag(feed_links)
register.simple_tag(_buttons.follow_button, takes_context=True)
register.simple_tag(_buttons.mute_button, takes_context=True)
register.simple_tag(_buttons.block_button, takes_context=True)
register.simple_tag(_notifications.notification_bell, takes_context=True)
register.simple_tag(_notifications.notification_list, takes_context=True)
register.simple_tag(_requests.follow_requests, takes_context=True)
register.simple_tag(_buttons.follows_as, takes_context=True, name="is_following")
register.filter(_buttons.is_following)


@register.simple_tag
def activitystream_assets() -> SafeString:
    """`{% activitystream_assets %}`: the style sheet and the script, in the head of a page."""
    return format_html(
        '<link rel="stylesheet" href="{}"><script type="module" src="{}"></script>',
        static("activitystream/activitystream.css"),
        static("activitystream/activitystream.js"),
    )
