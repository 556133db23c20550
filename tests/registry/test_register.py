"""@register: what takes part, and what is said when it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from activitystream import ModelActivity, NotRegistered, register
from activitystream.registry import is_registered, observe, options_for, options_for_label, registered
from activitystream.registry.registry import unregister
from tests.app.models import Note, Page, Pair, Photo, ProxyPhoto, Unregistered


def refused(model: Any, message: str) -> None:
    before = len(list(registered()))
    with pytest.raises(ImproperlyConfigured, match=message):
        register(model)(type("Options", (ModelActivity,), {}))
    assert len(list(registered())) == before


def test_activities_modules_are_found() -> None:
    assert is_registered(Photo)
    assert type(options_for(Photo)).__name__ == "PhotoActivity"
    assert options_for_label("app.photo") is options_for(Photo)
    assert options_for_label("app.nothing") is None


def test_several_models_at_once(isolated_registry: None) -> None:
    @register(Note, Unregistered)
    class Both(ModelActivity):
        pass

    assert options_for(Note).model is Note
    assert options_for(Unregistered).model is Unregistered
    assert options_for(Note) is not options_for(Unregistered)


def test_a_composite_primary_key() -> None:
    refused(Pair, r"app\.Pair has a composite primary key.*UniqueConstraint")


def test_an_abstract_model() -> None:
    class Base(models.Model):
        class Meta:
            abstract = True
            app_label = "app"

    refused(Base, r"app\.Base is abstract: register the models that derive")
    assert not is_registered(Base)


def test_twice() -> None:
    refused(Photo, r"app\.photo is registered already, as PhotoActivity")
    refused(ProxyPhoto, r"app\.photo is registered already, as PhotoActivity")


def test_a_proxy_stands_for_its_model() -> None:
    assert is_registered(ProxyPhoto)
    assert options_for(ProxyPhoto) is options_for(Photo)


def test_without_a_model() -> None:
    with pytest.raises(ImproperlyConfigured, match="at least one model"):
        register()


@pytest.mark.parametrize("decorated", [object, ModelActivity(Photo), lambda: None])
def test_what_is_no_model_activity(decorated: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="subclass of ModelActivity"):
        register(Unregistered)(decorated)
    assert not is_registered(Unregistered)


def test_the_error_names_the_model_and_the_lines_to_add() -> None:
    with pytest.raises(NotRegistered) as raised:
        options_for(Unregistered)
    assert str(raised.value) == (
        "app.Unregistered is not registered. Add to tests.app.activities:\n\n"
        "    @register(Unregistered)\n"
        "    class UnregisteredActivity(ModelActivity):\n"
        "        pass\n"
    )
    with pytest.raises(NotRegistered, match="is not registered"):
        unregister(Unregistered)


def test_layers_above_hear_of_all(registering: Any) -> None:
    came: list[Any] = []
    went: list[Any] = []
    observe(lambda options: came.append(options.model), lambda options: went.append(options.model))
    assert {Photo, Page, get_user_model()} <= set(came)
    registering(Note)
    unregister(Note)
    assert (came[-1], went) == (Note, [Note])
