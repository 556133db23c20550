"""Following the links of pages, and rows that are tiresome to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from activitystream.models import FollowRequest, Ref


def make_request(follower: Any, owner: Any) -> FollowRequest:
    """That the one asks to follow the other, whatever is private."""
    ref = Ref.of(owner)
    return FollowRequest.objects.create(
        follower=follower, followee_type=ref.content_type, followee_id=ref.id, owner=owner
    )


@dataclass
class Walk:
    """The ids on each page that was read, newest first, and the address of the last one."""

    pages: list[list[str]]
    last: str

    @property
    def items(self) -> list[str]:
        return [id for page in self.pages for id in page]


def walk(client: APIClient, url: str, link: str, meanwhile: Callable[[], Any] = lambda: None) -> Walk:
    """Follow `next` or `previous` to its end, with something going on between any two pages."""
    pages: list[list[str]] = []
    while True:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        page = [item["id"] for item in answer.data["results"]]
        assert page == sorted(page, key=int, reverse=True)
        pages.insert(0, page) if link == "previous" else pages.append(page)
        assert len(pages) < 500, "it does not end"
        if answer.data[link] is None:
            return Walk(pages, url)
        url = answer.data[link]
        meanwhile()
