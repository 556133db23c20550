"""Errors in lists that clients send: by the places of the items, wherever the list stands."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

WRONG = {"type": "", "id": "7"}
SPELT = ({"to": "auth.user:7"}, {"to.type": "auth.user"}, {"to[a]type": "auth.user"}, {"to[0]": "7"})
LISTS = {
    "activities/": ([{"verb": "wave"}, {"verb": ""}], ()),
    "follows/bulk/": ([{"type": "auth.user", "id": "7"}, WRONG], ()),
    "activities/#to": ({"verb": "wave", "to": [{"type": "auth.user", "id": "7"}, WRONG]}, ("to",)),
}


@pytest.mark.parametrize("as_dict", [True, False])
@pytest.mark.parametrize("address", LISTS)
def test_errors_are_told_by_place_whatever_the_project_chose(
    address: str, as_dict: bool, as_ana: APIClient, settings: Any
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "LIST_SERIALIZER_ERRORS_AS_DICT": as_dict}
    body, path = LISTS[address]
    answer = as_ana.post(f"/feeds/{address.partition('#')[0]}", body, format="json")
    told = answer.json()
    for name in path:
        told = told[name]
    assert answer.status_code == 400
    assert list(told) == ["1"], told
    assert list(told["1"].values()) == [["This field may not be blank."]]


@pytest.mark.parametrize("form", SPELT)
def test_a_list_that_a_form_misspells_is_not_as_if_it_were_left_out(
    form: dict[str, str], as_ana: APIClient
) -> None:
    """Else what is for one person would be for everybody."""
    answer = as_ana.post("/feeds/activities/", {"verb": "wave", **form}, format="multipart")
    assert answer.status_code == 400, answer.json()
    assert list(answer.json()) == ["to"]


def test_a_list_that_a_form_leaves_out_or_blank_is_empty(as_ana: APIClient) -> None:
    for form in ({}, {"to": ""}):
        answer = as_ana.post("/feeds/activities/", {"verb": "wave", **form}, format="multipart")
        assert answer.status_code == 201
