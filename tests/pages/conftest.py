"""People, a photo, and a way to render a piece of template as a signed-in visitor's page would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.contenttypes.models import ContentType
from django.template.backends.django import DjangoTemplates
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from activitystream.registry import registered
from tests.app.models import Album, Photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

LOADERS = "django.template.loaders"


def templates(*, debug: bool = False, **files: str) -> DjangoTemplates:
    """Templates as of a site that has these files (`like__image` is `activitystream/like/image.html`)."""
    named = {f"activitystream/{name.replace('__', '/')}.html": text for name, text in files.items()}
    processors = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
    loaders = [(f"{LOADERS}.locmem.Loader", named), f"{LOADERS}.app_directories.Loader"]
    return DjangoTemplates(
        {
            "NAME": "site",
            "DIRS": [],
            "APP_DIRS": False,
            "OPTIONS": {
                "debug": debug,
                "context_processors": processors,
                "loaders": loaders if debug else [(f"{LOADERS}.cached.Loader", loaders)],
            },
        }
    )


def fresh(user: User) -> User:
    """The user as another request loads it."""
    return get_user_model().objects.get(pk=user.pk)


@pytest.fixture
def people() -> Callable[[str], User]:
    """Somebody of this name."""
    return lambda name: get_user_model().objects.create(username=name)


@pytest.fixture
def ana(db: None, people: Callable[[str], User]) -> User:
    return people("ana")


@pytest.fixture
def ben(db: None, people: Callable[[str], User]) -> User:
    return people("ben")


@pytest.fixture
def photo(ana: User) -> Photo:
    """A photo of Ana's, in an album."""
    album = Album.objects.create(title="Holidays", owner=ana)
    return Photo.objects.create(caption="Sunset", owner=ana, album=album)


@pytest.fixture
def render() -> Callable[..., str]:
    """`render("{% … %}", user=ben, url="/?after=1", site=templates(like="…"), **context)`."""

    def run(
        source: str,
        *,
        user: Any = None,
        url: str = "/page/",
        site: DjangoTemplates | None = None,
        **context: Any,
    ) -> str:
        request = RequestFactory().get(url)
        request.user = SimpleLazyObject(lambda: user or AnonymousUser())  # as the middleware does
        template = (site or templates()).from_string("{% load activitystream %}" + source)
        return template.render(context, request)

    return run


@pytest.fixture
def admin(db: None) -> Client:
    """An administrator's browser."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    for options in registered():  # Django reads each content type once in the life of a process
        ContentType.objects.get_for_id(ContentType.objects.get_for_model(options.model).pk)
    return client


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """`staff("view_activity", "auth.view_user")`: the browser of somebody who may do just that."""

    def sign_in(*permissions: str) -> Client:
        user = get_user_model().objects.create_user(f"staff-{len(permissions)}", is_staff=True)
        for name in permissions:
            app, _, codename = name.rpartition(".")
            found = Permission.objects.get(codename=codename, content_type__app_label=app or "activitystream")
            user.user_permissions.add(found)
        client = Client()
        client.force_login(user)
        return client

    return sign_in
