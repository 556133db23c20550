"""Activities in words: "Ana liked Sunset in Holidays", "Ana, Bo and 3 others liked Sunset"."""

from __future__ import annotations

from collections.abc import Sequence

from django.template import Context
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from activitystream.feeds import Card, Entry, Group
from activitystream.models import Ref

from ._context import viewer

__all__ = ["activity_sentence", "card_link", "group_sentence", "names", "plain_sentence"]


def _s(text: str) -> Promise:
    """A sentence that English has in one form, whether one acts or many; others have more."""
    return ngettext_lazy(text, text, "count")


# Whole sentences, for languages order words in their own ways: with an object, and with a target too.
_KNOWN: dict[str, tuple[Promise, Promise]] = {
    "accept": (_s("{actor} accepted {object}"), _s("{actor} accepted {object} in {target}")),
    "add": (_s("{actor} added {object}"), _s("{actor} added {object} to {target}")),
    "comment": (_s("{actor} commented: {object}"), _s("{actor} commented on {target}: {object}")),
    "create": (_s("{actor} created {object}"), _s("{actor} created {object} in {target}")),
    "edit": (_s("{actor} edited {object}"), _s("{actor} edited {object} in {target}")),
    "follow": (_s("{actor} followed {object}"), _s("{actor} followed {object} in {target}")),
    "join": (_s("{actor} joined {object}"), _s("{actor} joined {object} in {target}")),
    "like": (_s("{actor} liked {object}"), _s("{actor} liked {object} in {target}")),
    "post": (_s("{actor} posted {object}"), _s("{actor} posted {object} in {target}")),
    "reply": (_s("{actor} replied: {object}"), _s("{actor} replied to {target}: {object}")),
    "save": (_s("{actor} saved {object}"), _s("{actor} saved {object} in {target}")),
    "share": (_s("{actor} shared {object}"), _s("{actor} shared {object} in {target}")),
    "update": (_s("{actor} updated {object}"), _s("{actor} updated {object} in {target}")),
    "upload": (_s("{actor} uploaded {object}"), _s("{actor} uploaded {object} to {target}")),
    "visit": (_s("{actor} visited {object}"), _s("{actor} visited {object} in {target}")),
    "write": (_s("{actor} wrote {object}"), _s("{actor} wrote {object} in {target}")),
}
# To the object itself: where its name stands says too little of what "you" would be in other languages.
_TO_YOU: dict[str, Promise] = {
    "accept": _s("{actor} accepted your request"),
    "follow": _s("{actor} followed you"),
}
# Nothing is known of the grammar of any other verb: it stands as it is.
_ALONE = _s("{actor} {verb}")
_TO_TARGET = _s("{actor} {verb} in {target}")
_OTHER = (_s("{actor} {verb} {object}"), _s("{actor} {verb} {object} in {target}"))


def activity_sentence(context: Context, activity: Entry) -> SafeString:
    """`{% activity_sentence activity %}`: a sentence of HTML in the language in force, with links."""
    return _sentence(context, activity, card_link(activity.actor), 1)


def group_sentence(context: Context, group: Group) -> SafeString:
    """`{% group_sentence group %}`: the same, with the names of who acted last and how many others did."""
    actor = names(group.actors, group.others)
    if len({(entry.verb, entry.object and entry.object.ref) for entry in group.entries}) == 1:
        return _sentence(context, group, actor, group.actor_count)
    pattern = ngettext("{actor}: {count} activity", "{actor}: {count} activities", group.count)
    return format_html(pattern, actor=actor, count=f"{group.count}+" if group.more else group.count)


def plain_sentence(entry: Entry) -> str:
    """That of an activity without links and HTML."""
    cards = {"actor": entry.actor, "object": entry.object, "target": entry.target}
    known = {role: card and (card.name or card.type) for role, card in cards.items()}
    return _pattern(entry, 1).format(verb=entry.verb, **known)


def _sentence(context: Context, told: Entry | Group, actor: SafeString, count: int) -> SafeString:
    return format_html(
        _pattern(told, count, context),
        actor=actor,
        verb=format_html('<bdi class="activitystream-verb">{}</bdi>', told.verb),
        object=card_link(told.object),
        target=card_link(told.target),
    )


def _pattern(told: Entry | Group, count: int, context: Context | None = None) -> str:
    """The form of the sentence for so many who act, and for who reads a page."""
    verb = told.verb.lower()
    if told.object is None:
        found = _ALONE if told.target is None else _TO_TARGET
    elif verb in _TO_YOU and told.target is None and _reads(told.object, context):
        found = _TO_YOU[verb]
    else:
        found = _KNOWN.get(verb, _OTHER)[told.target is not None]
    return str(found % {"count": count})


def _reads(card: Card, context: Context | None) -> bool:
    reader = None if context is None else viewer(context)
    return reader is not None and card.ref == Ref.of(reader)


def names(cards: Sequence[Card], others: int = 0) -> SafeString:
    """ "Ana", "Ana and Bo", "Ana, Bo and Cy", "Ana, Bo and 3 others"."""
    links = [card_link(card) for card in cards]
    if others:
        listed = format_html_join(_(", "), "{}", ((link,) for link in links))
        return format_html(
            ngettext("{names} and {count} other", "{names} and {count} others", others),
            names=listed,
            count=others,
        )
    if len(links) < 2:
        return links[0] if links else SafeString()
    listed = format_html_join(_(", "), "{}", ((link,) for link in links[:-1]))
    return format_html(_("{names} and {name}"), names=listed, name=links[-1])


def card_link(card: Card | None) -> SafeString:
    """The name of a card (its type, if it has none), linked to its page if it has one.

    In a `bdi`, so that characters which change the direction of text do not reach what stands around it.
    """
    if card is None:
        return SafeString()
    name = card.name or card.type
    if card.url:
        return format_html('<a class="activitystream-name" href="{}"><bdi>{}</bdi></a>', card.url, name)
    return format_html('<bdi class="activitystream-name">{}</bdi>', name)
