"""A site's own viewset in the place of one of the app's."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.test import APIClient

from activitystream.checks import check_settings
from activitystream.rest.cards import CardViewSet
from activitystream.rest.router import make_router, router


class Cards(CardViewSet):
    """Says who asks, too."""

    def retrieve(self, request: Any, type: str, id: str) -> Response:
        card = super().retrieve(request, type, id).data
        return Response({**card, "asked_by": str(request.user)})


@pytest.fixture
def _own(configure: Any, settings: Any) -> None:
    configure(VIEWSETS={"cards": f"{__name__}.Cards"})

    class Urls:
        urlpatterns = [path("feeds/", include((make_router().urls, "activitystream")))]

    settings.ROOT_URLCONF = Urls


@pytest.mark.usefixtures("_own")
def test_it_answers(ana: Any, as_ana: APIClient) -> None:
    answer = as_ana.get(f"/feeds/cards/auth.user/{ana.pk}/").data
    assert (answer["name"], answer["asked_by"]) == ("ana", "ana")
    assert as_ana.get("/feeds/home/").status_code == 200
    assert check_settings() == []


def test_one_that_is_no_viewset_is_found(configure: Any) -> None:
    configure(VIEWSETS={"cards": "activitystream.rest.feeds.FeedViewSet"})
    [message] = check_settings()
    assert message.id == "activitystream.E005"


def test_without_the_setting_they_are_ours() -> None:
    assert [view for _, view, _ in make_router().registry] == [view for _, view, _ in router.registry]
