"""`render_activity`: which template shows an activity, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.template import Engine, engines

import activitystream
from activitystream import NotificationsFeed, publish
from activitystream.feeds import get_entry
from activitystream.templatetags import _selection
from activitystream.templatetags._selection import FALLBACK, OWN, names_for
from tests.kit import Shrink

from .conftest import templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from activitystream import Entry
    from tests.app.models import Photo

TAG = "{% render_activity activity %}"


@pytest.fixture
def entry(ana: User, photo: Photo) -> Callable[..., Entry]:
    """The entry of what Ana did, to the photo if nothing else is said."""

    def make(verb: str, **kwargs: Any) -> Entry:
        found = get_entry(publish(**{"actor": ana, "verb": verb, "object": photo, **kwargs}).pk)
        assert found is not None
        return found

    return make


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ({}, "ana liked Sunset"),
        ({"activity": "any"}, "any"),
        ({"activity": "any", "like": "verb"}, "verb"),
        ({"activity": "any", "like": "verb", "like__image": "both"}, "both"),
        ({"like__person": "other", "post": "other", "like__image__image": "other", "activity": "any"}, "any"),
    ],
)
def test_choice(
    files: dict[str, str], shown: str, entry: Callable[..., Entry], render: Callable[..., str], text: Any
) -> None:
    assert text(render(TAG, activity=entry("like"), site=templates(**files))).startswith(shown)


@pytest.fixture
def text() -> Callable[[str], str]:
    """What is left of HTML without its tags."""
    from django.utils.html import strip_tags

    return lambda html: strip_tags(html).strip()


@pytest.mark.parametrize(
    ("verb", "type", "names"),
    [
        ("like", "Image", ["like/image", "like"]),
        ("Add Photo!", "Still Life", ["add-photo/still-life", "add-photo"]),
        ("add_photo", None, ["add_photo"]),
        ("../../x", "../y", ["x/y", "x"]),
        ("a/b\\c", "/etc/passwd", ["abc/etcpasswd", "abc"]),
        ("..", "Image", []),
        ("\u202e", "\u0000", []),
        ("лайк", "Image", []),
        ("feed", "Image", ["feed/image"]),
        ("FEED", None, []),
        ("activity", "Image", ["activity/image"]),
        ("_feed_", None, []),
        ("_follow_button", None, ["follow_button"]),
        ("_pages", "_x", ["pages/x", "pages"]),
        ("é", "ﬁ", ["e/fi", "e"]),
        ("v" * 101, "Image", []),
        ("like", "t" * 101, ["like"]),
    ],
)
def test_names(verb: str, type: str | None, names: list[str]) -> None:
    assert names_for(verb, type) == [*(f"activitystream/{name}.html" for name in names), FALLBACK]


def test_no_verb_can_name_a_template_of_the_app() -> None:
    """Whatever comes to `templates/activitystream` later: `_` before its name, or a place in `OWN`."""
    folder = Path(activitystream.__file__).parent / "templates" / "activitystream"
    reachable = {path.name.removesuffix(".html") for path in folder.iterdir() if path.name[0] != "_"}
    assert reachable == OWN


@pytest.mark.parametrize(
    "verb", ["feed", "activity", "_follow_button", "../feed", "_empty", "v" * 100, "../../x"]
)
def test_odd_verbs_are_shown_as_any_other(
    verb: str, entry: Callable[..., Entry], render: Callable[..., str], text: Any
) -> None:
    assert text(render(TAG, activity=entry(verb))).startswith(f"ana {verb} Sunset")


def test_context_is_that_of_the_page(entry: Callable[..., Entry], render: Callable[..., str]) -> None:
    site = templates(like="{{ activity.verb }} {{ shown_on }} {{ request.path }}")
    assert render(TAG + "|{{ activity.verb }}", activity=entry("like"), shown_on="home", site=site) == (
        "like home /page/|like"
    )
    source = "{% render_activity entry %}|{{ activity }}|"
    assert render(source, entry=entry("like"), shown_on="home", site=site) == "like home /page/||"


def test_nothing_is_rendered_of_nothing(render: Callable[..., str]) -> None:
    assert render(TAG, activity=None) == ""
    assert render(TAG) == ""


def test_a_model_row_is_loaded(ana: User, photo: Photo, render: Callable[..., str], text: Any) -> None:
    activity = publish(actor=ana, verb="like", object=photo)
    assert text(render(TAG, activity=activity)).startswith("ana liked Sunset")
    photo.hidden = True
    photo.save()
    assert render(TAG, activity=activity) == ""


@pytest.fixture
def looked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of templates that were looked for among the loaders."""
    asked: list[str] = []
    exists = _selection._exists

    def noting(engine: Engine, name: str) -> bool:
        asked.append(name)
        return exists(engine, name)

    monkeypatch.setattr(_selection, "_exists", noting)
    return asked


def test_a_choice_is_made_once(
    entry: Callable[..., Entry], render: Callable[..., str], looked_for: list[str]
) -> None:
    site = templates()
    for verb in ("like", "like", "post", "like"):
        render(TAG, activity=entry(verb), site=site)
    assert [name for name in looked_for if "/image" in name] == [
        "activitystream/like/image.html",
        "activitystream/post/image.html",
    ]
    assert render(TAG, activity=entry("like"), site=templates(like="other site")) == "other site"


def test_a_choice_is_not_remembered_while_debugging(
    entry: Callable[..., Entry], render: Callable[..., str], looked_for: list[str]
) -> None:
    site = templates(debug=True)
    for _ in range(2):
        render(TAG, activity=entry("like"), site=site)
    assert len(looked_for) == 4


def test_invented_verbs_do_not_fill_the_memory(shrink: Shrink) -> None:
    shrink("templatetags._selection", REMEMBERED=3)
    engine = templates().engine
    for number in range(10):
        _selection.select(engine, f"verb{number}", None)
    assert len(_selection._chosen[engine]) <= 3


def test_invented_verbs_do_not_fill_the_cache_of_templates() -> None:
    """Django's loader keeps the name of every template that it did not find."""
    engine = templates().engine
    _selection.select(engine, "like", None)
    (cached,) = [loader for loader in engine.template_loaders if hasattr(loader, "get_template_cache")] or [
        None
    ]
    before = len(cached.get_template_cache) if cached else 0
    for number in range(10):
        _selection.select(engine, f"verb{number}", f"type{number}")
    assert cached is not None
    assert len(cached.get_template_cache) == before


def test_a_verb_named_like_a_page_of_the_site(
    entry: Callable[..., Entry], render: Callable[..., str]
) -> None:
    """Such a template shows other activities, of that verb among them: it is not chosen inside itself."""
    pages = "{% load activitystream %}[{% for activity in all %}{% render_activity activity %}{% endfor %}]"
    activities = [entry("ours"), entry("ours"), entry("like")]
    html = render(pages, all=activities, site=templates(ours=pages, activity="a", like="b"))
    assert html == "[[aab][aab]b]"


def test_the_sites_own_engine_works(entry: Callable[..., Entry], text: Any) -> None:
    source = "{% load activitystream %}" + TAG
    html = engines["django"].from_string(source).render({"activity": entry("like")})
    assert text(html).startswith("ana liked Sunset")


@pytest.mark.parametrize(
    ("verb", "target", "sentence"),
    [
        ("post", True, "ana posted Sunset in Holidays"),
        ("add", True, "ana added Sunset to Holidays"),
        ("Like", False, "ana liked Sunset"),
        ("poke", False, "ana poke Sunset"),
        ("poke", True, "ana poke Sunset in Holidays"),
    ],
)
def test_sentences(
    verb: str,
    target: bool,
    sentence: str,
    entry: Callable[..., Entry],
    photo: Photo,
    render: Callable[..., str],
    text: Any,
) -> None:
    activity = entry(verb, target=photo.album if target else None)
    assert text(render("{% activity_sentence activity %}", activity=activity)) == sentence


@pytest.mark.parametrize(("target", "sentence"), [(None, "ana wave"), ("photo", "ana wave in Sunset")])
def test_sentences_without_an_object(
    target: str | None,
    sentence: str,
    entry: Callable[..., Entry],
    photo: Photo,
    render: Callable[..., str],
    text: Any,
) -> None:
    activity = entry("wave", object=None, target=photo if target else None)
    assert text(render("{% activity_sentence activity %}", activity=activity)) == sentence


@pytest.mark.parametrize(
    ("verb", "reader", "sentence"),
    [
        ("follow", "ben", "ana followed you"),
        ("accept", "ben", "ana accepted your request"),
        ("accept", None, "ana accepted ben"),
        ("follow", "ana", "ana followed ben"),
        ("follow", None, "ana followed ben"),
        ("like", "ben", "ana liked ben"),
    ],
)
def test_who_is_followed_is_told_as_you(
    verb: str,
    reader: str | None,
    sentence: str,
    ana: User,
    ben: User,
    render: Callable[..., str],
    text: Any,
) -> None:
    made = get_entry(publish(actor=ana, verb=verb, object=ben, notify=[ben]).pk)
    user = {"ana": ana, "ben": ben}.get(reader or "")
    assert text(render("{% activity_sentence made %}", made=made, user=user)) == sentence
    [group] = NotificationsFeed(ben).groups()
    assert text(render("{% group_sentence group %}", group=group, user=user)) == sentence


def test_a_target_is_not_left_out(
    ana: User, ben: User, photo: Photo, render: Callable[..., str], text: Any
) -> None:
    made = get_entry(publish(actor=ana, verb="follow", object=ben, target=photo).pk)
    said = text(render("{% activity_sentence made %}", made=made, user=ben))
    assert said == "ana followed ben in Sunset"


def test_the_default_look(entry: Callable[..., Entry], render: Callable[..., str]) -> None:
    activity = entry("like")
    html = render(TAG, activity=activity)
    assert f'<time class="activitystream-published" datetime="{activity.published.isoformat()}"' in html
    assert ">just now</time>" in html
    assert '<a class="activitystream-name" href="/photos/' in html
    assert '<img class="activitystream-image" src="/thumbnails/' in html


def test_what_is_deleted_has_a_name_and_no_link(
    ana: User, entry: Callable[..., Entry], render: Callable[..., str]
) -> None:
    from tests.app.models import Page

    page = Page.objects.create(slug="gone", author=ana)
    activity = publish(actor=ana, verb="read", object=page)
    page.delete()
    html = render(TAG, activity=activity)
    assert '<bdi class="activitystream-name">Page gone</bdi>' in html
    assert "href" not in html
