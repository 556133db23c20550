"""The admin."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from activitystream import Draft, Graph, OutboxFeed, follow, is_following, publish, publish_many
from activitystream.feeds import get_entry
from activitystream.models import (
    Activity,
    Block,
    DeletedObject,
    Follow,
    FollowRequest,
    JournalEntry,
    Mute,
    Notification,
    Ref,
)
from activitystream.streams import get_store
from tests.app.models import Album, Page, Photo
from tests.fixtures import Register
from tests.kit import Shrink

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

HERE = "/admin/activitystream"
MODELS = [
    "activity",
    "follow",
    "followrequest",
    "block",
    "mute",
    "notification",
    "journalentry",
    "deletedobject",
]


def _activities(ana: User, number: int) -> None:
    album = Album.objects.create(title="Holidays", owner=ana)
    photos = Photo.objects.bulk_create(
        [Photo(caption=f"photo {i}", owner=ana, album=album) for i in range(number)]
    )
    publish_many(Draft(actor=ana, verb="post", object=photo, target=album) for photo in photos)


def _follows(ana: User, number: int) -> None:
    people = get_user_model().objects.bulk_create(
        [get_user_model()(username=f"{number}-{i}") for i in range(number)]
    )
    for person in people:
        follow(person, ana)


def _people(number: int) -> list[User]:
    user = get_user_model()
    return user.objects.bulk_create([user(username=f"p{number}-{i}") for i in range(number)])


def _requests(ana: User, number: int) -> None:
    followee = {"followee_type": ContentType.objects.get_for_model(ana), "followee_id": str(ana.pk)}
    for person in _people(number):
        FollowRequest.objects.create(follower=person, owner=ana, **followee)


def _blocks(ana: User, number: int) -> None:
    Block.objects.bulk_create([Block(blocker=ana, blocked=person) for person in _people(number)])


def _mutes(ana: User, number: int) -> None:
    album = Album.objects.create(title="Holidays", owner=ana)
    muted = {"muted_type": ContentType.objects.get_for_model(album), "muted_id": str(album.pk)}
    Mute.objects.bulk_create([Mute(user=person, **muted) for person in _people(number)])


def _notifications(ana: User, number: int) -> None:
    _activities(ana, number)
    told = Activity.objects.order_by("-pk")[:number]
    Notification.objects.bulk_create([Notification(recipient=ana, activity=one, group="g") for one in told])


def _entries(ana: User, number: int) -> None:
    for _ in range(number):
        JournalEntry.objects.create(kind="forget", payload=["a"], updated=timezone.now())


def _deleted(ana: User, number: int) -> None:
    types = [ContentType.objects.get_for_model(model) for model in (Page, Photo, Album)]
    DeletedObject.objects.bulk_create(
        [
            DeletedObject(content_type=types[i % 3], object_id=f"{number}-{i}", type="Page", name=f"page {i}")
            for i in range(number)
        ]
    )


@pytest.mark.parametrize(
    ("model", "make", "queries"),
    [
        ("activity", _activities, 7),  # the list, its count, the filter by verb, and three kinds of rows
        ("follow", _follows, 5),
        ("followrequest", _requests, 5),
        ("block", _blocks, 4),
        ("mute", _mutes, 5),
        ("notification", _notifications, 6),
        ("journalentry", _entries, 5),
        ("deletedobject", _deleted, 4),
    ],
)
def test_lists_cost_the_same_with_a_hundred_rows(
    model: str,
    make: Callable[[User, int], None],
    queries: int,
    admin: Client,
    ana: User,
    django_assert_max_num_queries: Any,
) -> None:
    url = f"{HERE}/{model}/"
    JournalEntry.objects.all().delete()
    counts = []
    for number in (2, 98):
        make(ana, number)
        with django_assert_max_num_queries(queries + 2) as captured:  # the session and the user
            assert admin.get(url).status_code == 200
        counts.append(len(captured))
    response = admin.get(url)
    assert len(response.context["cl"].result_list) == 100
    assert counts[0] == counts[1]


def test_retracting_costs_the_same_with_a_hundred_rows(
    admin: Client, ana: User, django_assert_max_num_queries: Any
) -> None:
    _activities(ana, 100)
    everything = list(map(str, Activity.objects.values_list("pk", flat=True)))
    chosen = {"action": "delete_selected", "_selected_action": everything}
    with django_assert_max_num_queries(15):
        page = admin.post(f"{HERE}/activity/", chosen)
    assert page.status_code == 200
    with django_assert_max_num_queries(30):
        assert admin.post(f"{HERE}/activity/", {**chosen, "post": "yes"}).status_code == 302
    assert not Activity.objects.exists()


def test_the_list_names_and_links_what_the_activity_is_about(admin: Client, ana: User, photo: Photo) -> None:
    publish(actor=ana, verb="like", object=photo, target=photo.album)
    html = admin.get(f"{HERE}/activity/").content.decode()
    assert f'<a href="/admin/auth/user/{ana.pk}/change/" title="auth.user:{ana.pk}">ana</a>' in html
    assert f'<span title="app.photo:{photo.pk}">Sunset</span>' in html, "it has no admin"
    assert f'<span title="app.album:{photo.album_id}">Holidays</span>' in html


def test_what_may_not_be_shown_is_told_by_its_ref(admin: Client, ana: User, photo: Photo) -> None:
    publish(actor=ana, verb="like", object=photo)
    Photo.objects.filter(pk=photo.pk).update(hidden=True)
    html = admin.get(f"{HERE}/activity/").content.decode()
    assert f">app.photo:{photo.pk}<" in html
    assert "Sunset" not in html


def test_a_name_that_fails_costs_no_page(
    admin: Client, ana: User, photo: Photo, override_registration: Register, caplog: pytest.LogCaptureFixture
) -> None:
    publish(actor=ana, verb="like", object=photo)

    def fail(self: Any, obj: Any) -> str:
        raise ZeroDivisionError

    override_registration(Photo, name_of=fail)
    assert f">app.photo:{photo.pk}<" in admin.get(f"{HERE}/activity/").content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_names_are_text(admin: Client, people: Callable[[str], User]) -> None:
    publish(actor=people("<b>ana</b>"), verb="wave")
    html = admin.get(f"{HERE}/activity/").content.decode()
    assert "<b>ana</b>" not in html
    assert "&lt;b&gt;ana&lt;/b&gt;" in html


def test_search(admin: Client, ana: User, ben: User, photo: Photo) -> None:
    Activity.objects.all().delete()
    like = publish(actor=ben, verb="like", object=photo)
    publish(actor=ana, verb="wave")
    publish(actor=ben, verb="nod", target=ana)
    assert shown(admin, "q=ana") == ["nod", "wave"], "by the user's admin"
    assert shown(admin, f"q=auth.user:{ben.pk}") == ["nod", "like"]
    assert shown(admin, f"q=APP.photo:{photo.pk}") == ["like"]
    assert shown(admin, f"q={like.pk}") == ["like"]
    assert shown(admin, "q=nobody") == shown(admin, "q=no.such:1") == shown(admin, "q=99") == []
    assert shown(admin, "q=+") == ["nod", "wave", "like"]


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model not in ("journalentry", "deletedobject")]
)
def test_every_list_is_searched(model: str, admin: Client, ana: User, ben: User) -> None:
    make = {"follow": _follows, "followrequest": _requests, "block": _blocks, "mute": _mutes}
    make |= {"activity": _activities, "notification": _notifications}
    make[model](ana, 2)
    for term, found in ((f"auth.user:{ana.pk}", 2), (f"auth.user:{ben.pk}", 0), ("auth.user:x", 0)):
        if model == "mute":  # she mutes nobody: the others mute her album
            found = 0
        response = admin.get(f"{HERE}/{model}/", {"q": term})
        assert len(response.context["cl"].result_list) == found, term


def test_search_does_not_tell_what_one_may_not_see(staff: Callable[..., Client], ana: User) -> None:
    publish(actor=ana, verb="wave")
    assert shown(staff("view_activity"), "q=ana") == []
    assert shown(staff("view_activity", "auth.view_user"), "q=ana") == ["wave"]


def test_links_lead_where_one_may_go(staff: Callable[..., Client], ana: User) -> None:
    publish(actor=ana, verb="wave")
    html = staff("view_activity").get(f"{HERE}/activity/").content.decode()
    assert f'<span title="auth.user:{ana.pk}">ana</span>' in html
    assert "/admin/auth/user/" not in html


class Tenants(UserAdmin):
    """Shows a member of staff the users of their own first name, and of these no superuser."""

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(first_name=request.user.first_name)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and not (obj and obj.is_superuser)

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> Any:
        rows, _ = super().get_search_results(request, queryset, search_term)
        return rows.filter(Q(groups=None) | Q(groups__isnull=False)), True


@pytest.fixture
def tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    user = get_user_model()
    monkeypatch.setitem(django_admin.site._registry, user, Tenants(user, django_admin.site))


@pytest.fixture
def hidden(people: Callable[[str], User], tenants: None) -> list[User]:
    """Users whom the admin of users hides from staff: one of another tenant, and a superuser."""
    made = [people("hidden-1"), people("hidden-2")]
    for user in made:
        user.email = f"{user.username}@example.org"
    made[0].first_name, made[1].is_superuser = "other", True
    for user in made:
        user.save()
    return made


WITH_USERS = ("auth.view_user", *(f"view_{model}" for model in MODELS))


def test_search_asks_the_other_admin(
    staff: Callable[..., Client], hidden: list[User], people: Callable[[str], User]
) -> None:
    other = people("visible-1")
    for user in (*hidden, other):
        publish(actor=user, verb=user.username)
    client = staff(*WITH_USERS)
    for term in ("hidden", "hidden-1@example.org", "hidden-2@e", *(user.username for user in hidden)):
        assert shown(client, f"q={term}") == [], term
    assert shown(client, "q=visible") == ["visible-1"]
    assert shown(client, f"q={Ref.of(hidden[0])}") == ["hidden-1"], "a ref tells nothing"


@pytest.mark.parametrize("model", [*MODELS, "stream"])
def test_no_list_and_no_page_names_whom_the_other_admin_hides(
    model: str, staff: Callable[..., Client], hidden: list[User], people: Callable[[str], User]
) -> None:
    """Nor links to them: whatever list, page and confirmation of a deletion there is."""
    visible = people("visible-1")
    for user in hidden:
        ref = {"followee_type": ContentType.objects.get_for_model(user), "followee_id": str(user.pk)}
        made = publish(actor=user, verb="wave", object=user, target=visible, notify=[visible])
        Notification.objects.create(recipient=user, activity=made, group="g")
        Follow.objects.create(follower=user, **ref)
        FollowRequest.objects.create(follower=user, owner=user, **ref)
        Block.objects.create(blocker=user, blocked=visible)
        Mute.objects.create(user=user, muted_type=ref["followee_type"], muted_id=str(user.pk))
        DeletedObject.objects.create(
            content_type=ref["followee_type"], object_id=f"{user.pk}0", type="Person", name="gone", owner=user
        )
    deleting = [f"delete_{name}" for name in MODELS]
    client = staff("view_stream", *WITH_USERS, *deleting)
    row = apps.get_model("activitystream", model)._base_manager.order_by("pk").first()
    paths = [f"{HERE}/{model}/"]
    paths += [f"{HERE}/{model}/{row.pk}/change/", f"{HERE}/{model}/{row.pk}/delete/"] if row else []
    if model == "stream":
        paths += [f"{HERE}/stream/inspect/?model=auth.user&id={user.pk}" for user in (visible, *hidden)]
    for path in paths:
        response = client.get(path)
        if response.status_code != 403:
            assert response.status_code == 200
            html = response.content.decode()
            assert "hidden-" not in html, path
            for user in hidden:
                assert f"/admin/auth/user/{user.pk}/" not in html, path
    response = client.post(
        f"{HERE}/{model}/", {"action": "delete_selected", "_selected_action": [row and row.pk]}
    )
    assert "hidden-" not in response.content.decode()


def test_a_superuser_is_shown_all_that_the_other_admin_shows(
    admin: Client, hidden: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tenants, "get_queryset", UserAdmin.get_queryset)
    publish(actor=hidden[0], verb="wave")
    html = admin.get(f"{HERE}/activity/?q=hidden-1%40example").content.decode()
    assert (
        f'<a href="/admin/auth/user/{hidden[0].pk}/change/" title="auth.user:{hidden[0].pk}">hidden-1</a>'
        in html
    )


def test_deleted_objects_are_found_by_their_owner(admin: Client, ana: User) -> None:
    _deleted(ana, 3)
    DeletedObject.objects.filter(name="page 1").update(owner=ana)
    for term in ("ana", f"auth.user:{ana.pk}", "3-1"):
        response = admin.get(f"{HERE}/deletedobject/?q={term}")
        assert [row.name for row in response.context["cl"].result_list] == ["page 1"], term


@pytest.mark.parametrize(
    ("model", "lookup"),
    [("follow", "follower__email"), ("deletedobject", "owner__email"), ("mute", "user__email")],
)
def test_addresses_are_no_filters(model: str, lookup: str, admin: Client, ana: User) -> None:
    assert admin.get(f"{HERE}/{model}/?{lookup}__startswith=a").status_code == 400


def shown(admin: Client, query: str) -> list[str]:
    response = admin.get(f"{HERE}/activity/?{query}")
    assert response.status_code == 200
    return [row.verb for row in response.context["cl"].result_list]


def test_filters(admin: Client, ana: User) -> None:
    now = timezone.now()
    for verb, days in (("wave", 0), ("wave", 3), ("nod", 20), ("bow", 400)):
        publish(actor=ana, verb=verb, published=now - timedelta(days=days))
    assert shown(admin, "") == ["wave", "wave", "nod", "bow"]
    assert shown(admin, "verb=wave") == ["wave", "wave"]
    assert shown(admin, "verb=never") == []
    assert shown(admin, "days=1") == ["wave"]
    assert shown(admin, "days=7") == ["wave", "wave"]
    assert shown(admin, "days=30&verb=nod") == ["nod"]
    assert shown(admin, "days=365") == ["wave", "wave", "nod"]
    assert shown(admin, "days=x") == ["wave", "wave", "nod", "bow"]
    html = admin.get(f"{HERE}/activity/").content.decode()
    assert all(f"?verb={verb}" in html for verb in ("wave", "nod", "bow")), "used"
    assert "?object=app.photo" in html
    assert all(f"?verb={verb}" in html for verb in ("post", "edit", "like", "add", "write")), "declared"


def test_filters_by_type_and_visibility(admin: Client, ana: User, photo: Photo) -> None:
    Activity.objects.all().delete()
    publish(actor=ana, verb="like", object=photo)
    quiet = publish(actor=ana, verb="wave", object=photo.album)
    Activity.objects.filter(pk=quiet.pk).update(visibility="self")
    assert shown(admin, "object=app.photo") == ["like"]
    assert shown(admin, "object=app.album") == ["wave"]
    assert shown(admin, "object=x") == ["wave", "like"]
    assert shown(admin, "visibility__exact=self") == ["wave"]


def test_a_list_goes_through_so_many_rows(admin: Client, ana: User, shrink: Shrink) -> None:
    shrink("admin.common", LISTED=3)
    _activities(ana, 5)
    response = admin.get(f"{HERE}/activity/")
    assert response.context["cl"].result_count == 3


def test_follows_of_another_graph_are_not_listed(admin: Client, configure: Any) -> None:
    assert f"{HERE}/follow/" in admin.get("/admin/").content.decode()
    configure(GRAPH="tests.pages.test_admin.ElsewhereGraph")
    assert f'"{HERE}/follow/"' not in admin.get("/admin/").content.decode()


class ElsewhereGraph(Graph):
    """A graph whose table is another."""

    def followers(self, *args: Any, **kwargs: Any) -> Any:
        return []

    def followees(self, *args: Any, **kwargs: Any) -> Any:
        return {}

    def latest(self, *args: Any, **kwargs: Any) -> Any:
        return []


def test_filters_offer_what_is_in_the_newest_rows(admin: Client, ana: User, shrink: Shrink) -> None:
    shrink("admin.common", RECENT=1)
    for verb in ("old", "new"):
        publish(actor=ana, verb=verb)

    def offered(query: str) -> dict[str, str]:
        return dict(admin.get(f"{HERE}/activity/{query}").context["cl"].filter_specs[0].lookup_choices)

    assert "new" in offered("")
    assert "old" not in offered("")
    assert "old" in offered("?verb=old"), "what is chosen is shown"


@pytest.mark.django_db(transaction=True)
class TestBodies:
    """What is done in the admin shows in feeds at once."""

    @pytest.fixture
    def activity(self, ana: User) -> Activity:
        activity = publish(actor=ana, verb="wave", data={"old": 1})
        assert OutboxFeed(ana).page()[0].data == {"old": 1}
        assert get_entry(activity.pk) is not None
        return activity

    def test_editing_the_data(self, admin: Client, ana: User, activity: Activity) -> None:
        url = f"{HERE}/activity/{activity.pk}/change/"
        response = admin.post(url, {"data": '{"new": "ü"}', "verb": "hacked", "actor_id": "9"})
        assert response.status_code == 302
        assert OutboxFeed(ana).page()[0].as_dict()["data"] == {"new": "ü"}
        activity.refresh_from_db()
        assert (activity.verb, activity.actor_id) == ("wave", str(ana.pk))

    @pytest.mark.parametrize(
        ("data", "error"),
        [
            ("{", "valid JSON"),
            ("[]", "must be a JSON object"),
            ("3", "must be a JSON object"),
            (json.dumps({"a": "x" * 17000}), "at most 16384"),
        ],
    )
    def test_data_that_cannot_be(self, data: str, error: str, admin: Client, activity: Activity) -> None:
        response = admin.post(f"{HERE}/activity/{activity.pk}/change/", {"data": data})
        assert response.status_code == 200
        assert error in response.content.decode()
        activity.refresh_from_db()
        assert activity.data == {"old": 1}

    def test_changing_who_may_see_it(self, admin: Client, ana: User, ben: User, activity: Activity) -> None:
        url = f"{HERE}/activity/{activity.pk}/change/"
        assert admin.post(url, {"data": "{}", "shown_to": "self"}).status_code == 302
        assert get_entry(activity.pk, ben) is None
        assert get_entry(activity.pk, ana) is not None
        html = admin.get(url).content.decode()
        assert '<option value="self" selected>' in html
        assert '"named"' not in html
        assert (
            "Select a valid choice" in admin.post(url, {"data": "{}", "shown_to": "named"}).content.decode()
        )

    def test_who_may_only_look_sees_who_may_see_it(
        self, staff: Callable[..., Client], activity: Activity
    ) -> None:
        html = staff("view_activity").get(f"{HERE}/activity/{activity.pk}/change/").content.decode()
        assert '<div class="readonly">public</div>' in html

    def test_the_people_it_is_for_stay(self, admin: Client, ana: User, ben: User) -> None:
        whisper = publish(actor=ana, verb="whisper", visibility="named", to=[ben])
        url = f"{HERE}/activity/{whisper.pk}/change/"
        assert admin.post(url, {"data": '{"a": 1}', "shown_to": "named"}).status_code == 302
        assert get_entry(whisper.pk, ben).as_dict()["data"] == {"a": 1}  # type: ignore[union-attr]

    def test_no_data(self, admin: Client, activity: Activity) -> None:
        assert admin.post(f"{HERE}/activity/{activity.pk}/change/", {"data": ""}).status_code == 302
        activity.refresh_from_db()
        assert activity.data == {}

    def test_deleting_one_retracts_it(self, admin: Client, ana: User, activity: Activity) -> None:
        admin.post(f"{HERE}/activity/{activity.pk}/delete/", {"post": "yes"})
        assert not Activity.objects.exists()
        assert get_entry(activity.pk) is None
        assert len(OutboxFeed(ana).page()) == 0

    def test_deleting_the_chosen_retracts_them(self, admin: Client, ana: User, activity: Activity) -> None:
        kept = publish(actor=ana, verb="stay")
        chosen = {"action": "delete_selected", "_selected_action": [str(activity.pk)], "post": "yes"}
        admin.post(f"{HERE}/activity/", chosen)
        assert get_entry(activity.pk) is None
        assert [entry.id for entry in OutboxFeed(ana).page()] == [kept.pk]

    def test_retracting_needs_no_rights_on_what_goes_along(
        self, staff: Callable[..., Client], ana: User, ben: User, activity: Activity
    ) -> None:
        Notification.objects.create(recipient=ben, activity=activity, group="g")
        client = staff("view_activity", "delete_activity")
        chosen = {"action": "delete_selected", "_selected_action": [str(activity.pk)]}
        assert "wave: ana" in client.post(f"{HERE}/activity/", chosen).content.decode()
        client.post(f"{HERE}/activity/", {**chosen, "post": "yes"})
        assert not Activity.objects.exists()
        assert not Notification.objects.exists()

    def test_fanning_out_again(
        self, admin: Client, staff: Callable[..., Client], ana: User, activity: Activity
    ) -> None:
        store = get_store()
        OutboxFeed(ana).page()
        store.remove([OutboxFeed(ana).stream], [activity.pk])
        chosen = {"action": "fan_out", "_selected_action": [str(activity.pk)]}
        staff("view_activity").post(f"{HERE}/activity/", chosen)
        assert store.contents(OutboxFeed(ana).stream).ids == [], "who may only look"
        response = admin.post(f"{HERE}/activity/", chosen, follow=True)
        assert "1 activity is fanned out again." in response.content.decode()
        assert store.contents(OutboxFeed(ana).stream).ids == [activity.pk]

    def test_deleting_a_follow_ends_it(self, admin: Client, ana: User, ben: User, activity: Activity) -> None:
        from activitystream import HomeFeed

        made = follow(ben, ana)
        assert len(HomeFeed(ben).page()) == 1
        admin.post(f"{HERE}/follow/{made.pk}/delete/", {"post": "yes"})
        assert not is_following(ben, ana)
        assert len(HomeFeed(ben).page()) == 0


def test_only_the_data_and_the_visibility_can_be_edited(admin: Client, ana: User, photo: Photo) -> None:
    activity = publish(actor=ana, verb="like", object=photo, key="k1")
    response = admin.get(f"{HERE}/activity/{activity.pk}/change/")
    html = response.content.decode()
    assert list(response.context["adminform"].form.fields) == ["shown_to", "data"]
    assert all(text in html for text in (f"app.photo:{photo.pk}", "Sunset", "k1", str(activity.pk), "public"))


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added(model: str, admin: Client) -> None:
    assert admin.get(f"{HERE}/{model}/add/").status_code == 403


def test_what_is_read_only(admin: Client, ana: User, ben: User) -> None:
    made = follow(ben, ana)
    JournalEntry.objects.all().delete()
    _entries(ana, 1)
    _deleted(ana, 1)
    rows = [made, JournalEntry.objects.get(), DeletedObject.objects.get()]
    for row in rows:
        url = f"{HERE}/{row._meta.model_name}/{row.pk}"
        assert admin.get(f"{url}/change/").status_code == 200
        assert admin.post(f"{url}/change/", {"kind": "x", "name": "x"}).status_code == 403
        if not isinstance(row, Follow):
            assert admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
            row.refresh_from_db()


def test_pending_work(admin: Client) -> None:
    JournalEntry.objects.all().delete()
    old, new = (
        JournalEntry.objects.create(
            kind="fan_out", payload={}, updated=timezone.now() - timedelta(seconds=age)
        )
        for age in (3600, 0)
    )
    response = admin.get(f"{HERE}/journalentry/")
    assert "Pending work" in response.content.decode()
    assert list(response.context["cl"].result_list) == [old, new]
    assert response.content.decode().count("icon-yes") == 1
    stalled = admin.get(f"{HERE}/journalentry/?stalled=1")
    assert list(stalled.context["cl"].result_list) == [old]


def test_deleted_objects_are_found_by_name(admin: Client, ana: User) -> None:
    _deleted(ana, 12)
    response = admin.get(f"{HERE}/deletedobject/?q=page+11")
    assert [row.name for row in response.context["cl"].result_list] == ["page 11"]


def test_a_model_that_is_no_longer_installed_breaks_no_list(
    admin: Client, ana: User, stale_type: ContentType
) -> None:
    activity = publish(actor=ana, verb="wave")
    Activity.objects.filter(pk=activity.pk).update(object_type=stale_type, object_id="7")
    assert "gone.thing:7" in admin.get(f"{HERE}/activity/").content.decode()
    assert admin.get(f"{HERE}/activity/{activity.pk}/change/").status_code == 200


def test_permissions(ben: User, ana: User) -> None:
    ben.is_staff = True
    ben.save()
    client = Client()
    client.force_login(ben)
    activity = publish(actor=ana, verb="wave")
    assert client.get(f"{HERE}/activity/").status_code == 403
    assert client.post(f"{HERE}/activity/{activity.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Activity.objects.count() == 1
