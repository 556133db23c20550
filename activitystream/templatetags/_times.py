"""Times as people say them: "5 minutes ago"."""

from __future__ import annotations

from datetime import datetime

from django.template import defaultfilters
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

__all__ = ["relative_time", "time_in_words"]

MINUTE, HOUR, DAY = 60, 3600, 86400


def time_in_words(moment: datetime) -> str:
    """How long ago it was, up to a week; then the day."""
    passed = int((timezone.now() - moment).total_seconds())
    if passed < MINUTE:
        return _("just now")  # so for what a clock that is fast calls the future
    if passed < HOUR:
        return _count(
            ngettext("%(count)s minute ago", "%(count)s minutes ago", passed // MINUTE), passed // MINUTE
        )
    if passed < DAY:
        return _count(ngettext("%(count)s hour ago", "%(count)s hours ago", passed // HOUR), passed // HOUR)
    if passed < 7 * DAY:
        return _count(ngettext("%(count)s day ago", "%(count)s days ago", passed // DAY), passed // DAY)
    return str(defaultfilters.date(timezone.localtime(moment), "DATE_FORMAT"))


def _count(text: str, count: int) -> str:
    return text % {"count": count}


def relative_time(moment: datetime) -> SafeString:
    """A `time` element: in words, with the exact time as its title; our script keeps it current."""
    local = timezone.localtime(moment)
    return format_html(
        '<time class="activitystream-published" datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        defaultfilters.date(local, "DATETIME_FORMAT"),
        time_in_words(moment),
    )
