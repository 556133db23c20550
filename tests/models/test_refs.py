"""Refs: rows by name."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from activitystream.models import Ref
from tests.app.models import Album, Page, Photo, ProxyPhoto


@pytest.mark.parametrize("id", ["12", "a:b", "a/b", " ", "ü"])
def test_text_and_back(id: str) -> None:
    assert Ref.parse(str(Ref("app.page", id))) == Ref("app.page", id)


@pytest.mark.parametrize("text", ["", "app.page", "app.page:", "page:1", ":1"])
def test_what_is_no_ref(text: str) -> None:
    with pytest.raises(ValueError, match="is not a ref"):
        Ref.parse(text)


def test_keys_as_text() -> None:
    key = uuid.uuid4()
    assert Ref.of(Photo(pk=7)) == Ref("app.photo", "7")
    assert Ref.of(Album(pk=key)) == Ref("app.album", str(key))
    assert Ref.of(Page(pk="a/b")) == Ref("app.page", "a/b")


def test_a_proxy_counts_as_its_model() -> None:
    assert Ref.of(ProxyPhoto(pk=7)) == Ref.of(Photo(pk=7))


def test_a_row_without_key() -> None:
    with pytest.raises(ValueError, match="is not saved"):
        Ref.of(Photo(caption="new"))


@pytest.mark.django_db
def test_model_and_content_type() -> None:
    ref = Ref("app.photo", "7")
    assert ref.model_class is Photo
    assert ref.content_type == ContentType.objects.get_for_model(Photo)
    assert Ref.from_row(ref.content_type.pk, "7") == ref


def test_a_model_that_is_no_longer_installed(stale_type: ContentType) -> None:
    ref = Ref.from_row(stale_type.pk, "1")
    assert (ref, ref.model_class) == (Ref("gone.thing", "1"), None)
    with pytest.raises(LookupError):
        ref.content_type  # noqa: B018


def test_content_types_are_asked_for_once(django_assert_num_queries: Any, db: None) -> None:
    type_id = Ref("app.photo", "1").content_type.pk
    with django_assert_num_queries(0):
        for id in range(20):
            assert Ref.from_row(type_id, str(id)).content_type.pk == type_id
