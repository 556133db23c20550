"""`feed_page` and `render_feed`."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, engines
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from activitystream import Feed, InvalidCursor, OutboxFeed, follow, publish, unfollow
from activitystream.models import Activity, Block, Mute, Ref
from tests.app.models import Photo
from tests.fixtures import Register

from .conftest import fresh, templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

VERBS = "{% for activity in page %}{{ activity.verb }} {% endfor %}"
OUTBOX = '{% feed_page "outbox" owner limit=2 as page %}'


@pytest.fixture
def busy(ana: User) -> User:
    """Ana, who did five things."""
    for verb in ("one", "two", "three", "four", "five"):
        publish(actor=ana, verb=verb)
    return ana


def links(html: str) -> dict[str, str]:
    """The addresses of the links with a `rel`."""
    found = re.findall(r'<a [^>]*href="([^"]+)" rel="(\w+)"', html)
    return {rel: unescape(url) for url, rel in found}


def test_page_of_a_feed(busy: User, render: Callable[..., str]) -> None:
    assert render(OUTBOX + VERBS, owner=busy) == "five four "


def test_home(busy: User, ben: User, render: Callable[..., str]) -> None:
    follow(ben, busy)
    assert render('{% feed_page "home" user as page %}' + VERBS, user=ben) == "five four three two one "


def test_lazy_user(busy: User, render: Callable[..., str]) -> None:
    assert render(OUTBOX + VERBS, owner=SimpleLazyObject(lambda: busy)) == "five four "


def test_ref(busy: User, render: Callable[..., str]) -> None:
    assert render(OUTBOX + VERBS, owner=Ref.of(busy)) == "five four "


def test_feed_of_a_site(busy: User, render: Callable[..., str], isolated_feeds: None) -> None:
    class Quiet(Feed):
        name = "quiet"
        public = True

        def sources(self) -> list[Any]:
            return [Activity.objects.filter(verb="two")]

    assert render('{% feed_page "quiet" owner as page %}' + VERBS, owner=busy) == "two "


@pytest.mark.parametrize("owner", [None, ""])
def test_nobody_has_an_empty_page(owner: Any, db: None, render: Callable[..., str]) -> None:
    assert render(OUTBOX + "{{ page|length }}", owner=owner) == "0"


def test_a_visitor_has_an_empty_page(db: None, render: Callable[..., str]) -> None:
    html = render('{% feed_page "home" request.user as page %}{% render_feed page %}')
    assert "Nothing here yet" in html
    assert links(html) == {}


def test_unknown_feed(busy: User, render: Callable[..., str]) -> None:
    with pytest.raises(LookupError, match="there is no feed 'hme'; declared are: home, "):
        render('{% feed_page "hme" owner as page %}', owner=busy)


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "before=-1",
        "after=",
        "after=9" * 30,
        "before=1&after=2",
        "after=%00",
        "after=١٢",
        "after=1.5",
    ],
)
def test_malformed_cursor_gives_the_first_page(query: str, busy: User, render: Callable[..., str]) -> None:
    assert render(OUTBOX + VERBS, owner=busy, url=f"/?{query}") == "five four "


def test_limit_out_of_range_is_told(busy: User, render: Callable[..., str]) -> None:
    with pytest.raises(InvalidCursor, match="limit"):
        render('{% feed_page "outbox" owner limit=1000 as page %}', owner=busy)


def test_without_a_request(busy: User) -> None:
    source = "{% load activitystream %}" + OUTBOX + VERBS + "{% render_feed page %}"
    html = engines["django"].engine.from_string(source).render(Context({"owner": busy}))
    assert html.startswith("five four ")
    assert links(html)["next"].startswith("?after=")


def test_links_lead_to_every_page_and_back(busy: User, render: Callable[..., str]) -> None:
    source = OUTBOX + VERBS + "{% render_feed page %}"
    seen, url = [], "/page/"
    for _ in range(3):
        html = render(source, owner=busy, url=url)
        seen.append(html.splitlines()[0].strip())
        url = "/page/" + links(html).get("next", "?none")
    assert seen == ["five four", "three two", "one"]
    assert "next" not in links(html)

    for verbs in ("three two", "five four"):
        html = render(source, owner=busy, url="/page/" + links(html)["prev"])
        assert html.splitlines()[0].strip() == verbs
    assert "prev" not in links(html)


def test_links_keep_the_rest_of_the_query(busy: User, render: Callable[..., str]) -> None:
    first = OutboxFeed(busy).page(limit=2)
    url = f"/?tag=a&tag=b&q=%26%22%3C&after={first.after}"
    html = render(OUTBOX + "{% render_feed page %}", owner=busy, url=url)
    older, newer = (parse_qs(urlsplit(links(html)[rel]).query) for rel in ("next", "prev"))
    kept = {"tag": ["a", "b"], "q": ['&"<']}
    page = OutboxFeed(busy).page(limit=2, after=first.after)
    assert older == {**kept, "after": [page.next_cursor]}
    assert newer == {**kept, "before": [page.previous_cursor]}
    assert html.count('href="?tag=a&amp;tag=b&amp;') == 2


def test_two_feeds_on_a_page_do_not_share_their_cursors(
    busy: User, ben: User, render: Callable[..., str]
) -> None:
    for verb in ("a", "b", "c"):
        publish(actor=ben, verb=verb)
    source = (
        '{% feed_page "outbox" one limit=2 param="left" as page %}{{ page.param }} '
        + VERBS
        + "{% render_feed page %}"
        '{% feed_page "outbox" two limit=2 as page %}' + VERBS + "{% render_feed page %}"
    )
    html = render(source, one=busy, two=ben, url="/?tag=x")
    older = [unescape(url) for url in re.findall(r'href="([^"]+)" rel="next"', html)]
    assert [parse_qs(url[1:]).keys() for url in older] == [{"tag", "left-after"}, {"tag", "after"}]
    html = render(source, one=busy, two=ben, url=older[0])
    assert ("left three two " in html, "c b " in html) == (True, True)
    older = [unescape(url) for url in re.findall(r'href="([^"]+)" rel="next"', html)]
    assert parse_qs(older[1][1:]).keys() == {"tag", "left-after", "after"}
    assert re.findall(r'class="activitystream-feed" id="([^"]+)"', html) == [
        "activitystream-feed-left",
        "activitystream-feed-outbox",
    ]


def test_one_tag_is_a_finished_feed(busy: User, render: Callable[..., str]) -> None:
    html = render('{% feed "outbox" owner limit=2 param="x" %}', owner=busy)
    assert html.count("<article") == 2
    assert links(html)["next"].startswith("?x-after=")
    assert "data-scroll" in html
    assert "data-scroll" not in render('{% feed "outbox" owner scroll=False %}', owner=busy)


@pytest.mark.parametrize("visitor", [None, "ben"])
def test_a_feed_that_one_may_not_read(
    visitor: str | None, busy: User, ben: User, render: Callable[..., str]
) -> None:
    follow(ben, busy)
    source = '{% feed_page "home" owner as page %}{{ page.state }}|{{ page|length }}|{% render_feed page %}'
    follow(busy, ben)
    publish(actor=ben, verb="secretly")
    html = render(source, owner=busy, user=ben if visitor else None)
    assert html.startswith("private|0|")
    assert "This is private." in html
    assert "Nothing here yet" not in html
    assert render(source, owner=busy, user=busy).startswith("|1|")


def test_what_a_private_account_does(
    busy: User, ben: User, render: Callable[..., str], override_registration: Register
) -> None:
    follow(ben, busy)
    override_registration(get_user_model(), private="is_active")
    source = '{% feed_page "outbox" owner as page %}{{ page.state }}|{{ page|length }}'
    assert render(source, owner=busy) == "private|0"
    assert render(source, owner=busy, user=fresh(ben)) == "|5"
    assert render(source, owner=busy, user=busy) == "|5"
    unfollow(ben, busy)
    assert render(source, owner=busy, user=fresh(ben)) == "private|0"


def test_blocked_and_muted(busy: User, ben: User, render: Callable[..., str]) -> None:
    source = '{% feed_page "outbox" owner as page %}{{ page.state }}|{{ page|length }}'
    Mute.objects.create(user=ben, muted_type=Ref.of(busy).content_type, muted_id=str(busy.pk))
    assert render(source, owner=busy, user=fresh(ben)) == "muted|5"
    Block.objects.create(blocker=ben, blocked=busy)
    assert render(source, owner=busy, user=fresh(ben)) == "blocked|0"
    assert render(source, owner=busy) == "|5"


def test_links_are_escaped(busy: User, render: Callable[..., str]) -> None:
    html = render(OUTBOX + "{% render_feed page %}", owner=busy, url='/?"><script>=<b>')
    assert "<script>" not in html
    assert "<b>" not in html


def test_render_feed_shows_every_activity(busy: User, render: Callable[..., str]) -> None:
    html = render('{% feed_page "outbox" owner as page %}{% render_feed page %}', owner=busy)
    assert re.findall(r'<bdi class="activitystream-verb">(\w+)</bdi>', html) == [
        "five",
        "four",
        "three",
        "two",
        "one",
    ]
    assert html.count("<article") == 5


@pytest.mark.parametrize(
    ("cursor", "text", "rel"),
    [("after=1", "Nothing older", "prev"), ("before=9e18", "Nothing newer", "next")],
)
def test_empty_past_the_ends(
    cursor: str, text: str, rel: str, busy: User, render: Callable[..., str]
) -> None:
    url = "/?" + cursor.replace("9e18", str(9 * 10**18))
    html = render(OUTBOX + "{% render_feed page %}", owner=busy, url=url)
    assert text in html
    assert list(links(html)) == [rel]


def test_partials_and_blocks_can_be_overridden(busy: User, render: Callable[..., str]) -> None:
    site = templates(
        _empty="no <b>photos</b>",
        ours='{% extends "activitystream/feed.html" %}{% block pages %}{{ older_url }}!{% endblock %}',
    )
    source = OUTBOX + '{% render_feed page template="activitystream/ours.html" %}'
    assert "<nav" not in render(source, owner=busy, site=site)
    assert "?after=" in render(source, owner=busy, site=site)
    assert "no <b>photos</b>" in render(
        "{% render_feed page %}", page=OutboxFeed(busy).page(after=1), site=site
    )


def test_texts_are_translated(busy: User, render: Callable[..., str]) -> None:
    """Here by a catalog that has every text, in quotation marks."""
    with translation.override("en"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation._trans, "gettext", "«{}»".format)
        patch.setattr(translation._trans, "ngettext", "«{}»".format)
        html = render(OUTBOX + "{% render_feed page %}", owner=busy)
        empty = render("{% render_feed page %}", page=OutboxFeed(busy).page(after=1))
    assert ">«Older»<" in html
    assert ">«<bdi" in html
    assert ">«Nothing older.»<" in empty


@pytest.mark.django_db(transaction=True)
def test_a_warm_feed_costs_no_query(
    people: Callable[[str], User], render: Callable[..., str], django_assert_num_queries: Any
) -> None:
    ana, ben = people("ana"), people("ben")
    follow(ben, ana)
    for number in range(5):
        Photo.objects.create(caption=f"photo {number}", owner=ana)
    source = '{% feed_page "home" user limit=3 as page %}{% render_feed page %}'
    first = render(source, user=ben)
    with django_assert_num_queries(0):
        assert render(source, user=ben) == first
    assert first.count("photo ") == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [2, 9])
def test_instances_cost_a_query_for_each_model(
    size: int, people: Callable[[str], User], render: Callable[..., str], django_assert_num_queries: Any
) -> None:
    ana = people("ana")
    for number in range(size):
        Photo.objects.create(caption=f"photo {number}", owner=ana)
    site = templates(post="{{ activity.actor.instance.username }}-{{ activity.object.instance.pk }} ")
    source = '{% feed_page "outbox" owner as page %}{% render_feed page %}'
    render(source, owner=ana, site=site)
    with django_assert_num_queries(2):  # users and photos
        assert render(source, owner=ana, site=site).count("ana-") == size
