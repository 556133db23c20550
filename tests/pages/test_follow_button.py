"""`follow_button` and `is_following`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from django.urls import reverse

from activitystream import NotRegistered, OutboxFeed, follow, unfollow
from activitystream.models import FollowRequest, Ref
from tests.app.models import Album, Photo, Unregistered
from tests.fixtures import Register
from tests.kit import Shrink

from .conftest import fresh
from .test_escaping import Tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

BUTTON = "{% follow_button obj %}"
BUTTONS = "{% for obj in objects %}{% follow_button obj %}{% endfor %}"
CHECK = "{% if user|is_following:obj %}yes{% else %}no{% endif %}"


def form(html: str) -> dict[str, str | None]:
    """The hidden fields of the form, with its address and its button's text."""
    page = Tags(html)
    ((_, attributes),) = [element for element in page.elements if element[0] == "form"]
    assert attributes["method"] == "post"
    fields = {str(found["name"]): found["value"] for tag, found in page.elements if tag == "input"}
    return {**fields, "action": attributes["action"], "text": page.text.strip()}


def test_the_form(ana: User, ben: User, render: Callable[..., str]) -> None:
    html = render(BUTTON, obj=ana, user=ben, url="/people/ana/?tab=1&x=2")
    assert "?tab=1&amp;x=2" in html
    fields = form(html)
    assert len(str(fields.pop("csrfmiddlewaretoken"))) > 30
    assert fields == {
        "type": "auth.user",
        "id": str(ana.pk),
        "kind": "follow",
        "next": f"/people/ana/?tab=1&x=2#activitystream-follow-auth-user-{ana.pk}-follow",
        "action": reverse("activitystream:follow"),
        "text": "Follow",
    }


def test_the_form_of_who_follows(ana: User, ben: User, render: Callable[..., str]) -> None:
    follow(ben, ana)
    html = render(BUTTON, obj=ana, user=ben)
    fields = form(html)
    assert (fields["action"], fields["text"]) == (reverse("activitystream:unfollow"), "Following")
    assert 'title="Unfollow"' in html


def test_who_waits_for_an_answer_can_take_the_request_back(
    ana: User, ben: User, render: Callable[..., str], override_registration: Register
) -> None:
    override_registration(get_user_model(), private="is_staff")
    of_ana = {"followee_type": Ref.of(ana).content_type, "followee_id": str(ana.pk)}
    FollowRequest.objects.create(follower=ben, **of_ana)
    fields = form(render(BUTTON, obj=ana, user=ben))
    assert (fields["action"], fields["text"]) == (reverse("activitystream:unfollow"), "Requested")


def test_the_name_is_read_out_with_the_button(ana: User, ben: User, render: Callable[..., str]) -> None:
    assert 'aria-label="Follow, ana"' in render(BUTTON, obj=ana, user=ben)
    follow(ben, ana)
    assert 'aria-label="Following, ana"' in render(BUTTON, obj=ana, user=fresh(ben))


def test_each_form_of_a_page_has_its_own_place(ana: User, ben: User, render: Callable[..., str]) -> None:
    page = Tags(render(BUTTON * 2, obj=ana, user=ben, url="/x/?a=1"))
    ids = [attributes["id"] for tag, attributes in page.elements if tag == "form"]
    assert ids == [f"activitystream-follow-auth-user-{ana.pk}-follow{end}" for end in ("", "-2")]
    nexts = [str(found["value"]) for _, found in page.elements if found.get("name") == "next"]
    assert nexts == [f"/x/?a=1#{id}" for id in ids]


def test_kinds_have_their_own_button(photo: Photo, ben: User, render: Callable[..., str]) -> None:
    follow(ben, photo, kind="watch")
    source = '{% follow_button obj kind="watch" label="Watch" following_label="Watching" %}'
    assert form(render(BUTTON, obj=photo, user=ben))["text"] == "Follow"
    assert form(render(source, obj=photo, user=ben))["text"] == "Watching"
    unfollow(ben, photo, kind="watch")
    fields = form(render(source, obj=photo, user=fresh(ben)))
    assert (fields["text"], fields["kind"]) == ("Watch", "watch")


def test_a_card_has_a_button(photo: Photo, ben: User, render: Callable[..., str]) -> None:
    card = OutboxFeed(photo.owner).page()[0].target
    assert form(render(BUTTON, obj=card, user=ben))["id"] == str(photo.album_id)


def test_the_visitor_counts_and_not_whom_the_page_calls_user(
    ana: User, ben: User, render: Callable[..., str]
) -> None:
    follow(ana, ben)
    site_page = "{% with user=other %}" + BUTTON + "{% endwith %}"
    assert form(render(site_page, obj=ana, other=ana, user=ben))["text"] == "Follow"


@pytest.mark.parametrize("case", ["anonymous", "oneself", "nothing", "unsaved", "deleted", "unfollowable"])
def test_nothing_to_press(
    case: str, photo: Photo, ben: User, render: Callable[..., str], override_registration: Register
) -> None:
    visitor: Any = AnonymousUser() if case == "anonymous" else ben
    obj: Any = {"oneself": ben, "nothing": None, "unsaved": Photo(caption="new")}.get(case, photo)
    if case == "deleted":
        from dataclasses import replace

        obj = replace(OutboxFeed(photo.owner).page()[0].actor, deleted=True)
    if case == "unfollowable":
        override_registration(Photo, followable=False)
    assert render(BUTTON, obj=obj, user=visitor) == ""


def test_oneself_as_the_visitor_whom_the_page_knows(ana: User, ben: User, render: Callable[..., str]) -> None:
    assert render("{% follow_button user %}", user=ben) == ""
    follow(ana, ben)
    check = "{% if ana|is_following:user %}yes{% endif %}"
    assert render(check, ana=ana, user=ben) == "yes"


def test_oneself_where_that_is_allowed(ben: User, render: Callable[..., str]) -> None:
    with override_settings(ACTIVITYSTREAM={"SELF_FOLLOW": True, "STREAMS": None}):
        assert form(render(BUTTON, obj=ben, user=ben))["text"] == "Follow"


def test_an_unregistered_model_is_told(ben: User, render: Callable[..., str]) -> None:
    with pytest.raises(NotRegistered, match="@register"):
        render(BUTTON, obj=Unregistered.objects.create(name="x"), user=ben)


def test_filter(ana: User, ben: User, photo: Photo, render: Callable[..., str]) -> None:
    follow(ben, ana)
    follow(ben, photo, kind="watch")
    assert render(CHECK, obj=ana, user=ben) == "yes"
    assert render(CHECK, obj=photo, user=ben) == "no"
    assert render(CHECK, obj=ana) == "no"
    assert render(CHECK, obj=None, user=ben) == "no"
    assert render("{% if nobody|is_following:obj %}yes{% else %}no{% endif %}", obj=ana) == "no"


def test_tag_takes_a_kind(
    ana: User, ben: User, photo: Photo, render: Callable[..., str], django_assert_num_queries: Any
) -> None:
    follow(ben, photo, kind="watch")
    plain = "{% is_following obj as known %}{% if known %}yes{% else %}no{% endif %}"
    watch = '{% is_following obj kind="watch" as known %}{% if known %}yes{% else %}no{% endif %}'
    assert (render(plain, obj=photo, user=ben), render(watch, obj=photo, user=ben)) == ("no", "yes")
    assert render(watch, obj=ana, user=ben) == render(watch, obj=None, user=ben) == "no"
    assert render(watch, obj=photo) == "no"
    with_button = '{% follow_button obj kind="watch" %}' + watch
    with django_assert_num_queries(1):
        assert render(with_button, obj=photo, user=fresh_without_query(ben)).endswith("yes")


def fresh_without_query(user: User) -> User:
    """The user as another request has it, before anything was asked of it."""
    return type(user)(pk=user.pk, username=user.username)


def test_filter_takes_a_card(ana: User, ben: User, photo: Photo, render: Callable[..., str]) -> None:
    follow(ben, ana)
    assert render(CHECK, obj=OutboxFeed(ana).page()[0].actor, user=ben) == "yes"


def test_keys_of_all_kinds(ana: User, ben: User, render: Callable[..., str]) -> None:
    """An integer and a UUID; and one model's keys are not another's."""
    first, second = (Album.objects.create(title=title, owner=ana) for title in "ab")
    follow(ben, first)
    assert render(CHECK, obj=first, user=ben) == "yes"
    assert render(CHECK, obj=second, user=ben) == "no"
    photo = Photo.objects.create(pk=ana.pk, caption="same key", owner=ana)
    follow(ben, photo)
    assert render(CHECK, obj=ana, user=fresh(ben)) == "no"


def test_buttons_cost_one_query_together(
    people: Callable[[str], User], ben: User, render: Callable[..., str], django_assert_num_queries: Any
) -> None:
    everybody = [people(f"p{number}") for number in range(20)]
    for person in everybody[:5]:
        follow(ben, person)
    ContentType.objects.get_for_model(get_user_model())
    source = BUTTONS + "{% for obj in objects %}[" + CHECK + "]{% endfor %}"  # a CSRF token may hold "no"
    with django_assert_num_queries(1):
        html = render(source, objects=everybody, user=ben)
    assert html.count("Following<") == html.count("[yes]") == 5
    assert html.count(">Follow<") == html.count("[no]") == 15


def test_a_page_without_a_button_costs_none(
    ben: User, render: Callable[..., str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        render(BUTTONS, objects=[ben, None], user=ben)


def test_who_follows_too_many_to_read_them_all(
    people: Callable[[str], User],
    ben: User,
    render: Callable[..., str],
    django_assert_num_queries: Any,
    shrink: Shrink,
) -> None:
    shrink("templatetags._relations", AT_ONCE=3)
    followees = [people(f"p{number}") for number in range(5)]
    for person in followees:
        follow(ben, person)
    stranger = people("stranger")
    visitor = fresh(ben)
    with django_assert_num_queries(1 + 2):  # the latest, then the oldest and the stranger, each once
        html = render(BUTTONS, objects=[*followees, stranger] * 2, user=visitor)
    assert html.count("Following<") == 10
    assert html.count(">Follow<") == 2
