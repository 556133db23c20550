"""Absolute addresses of what documents name: activities, rows, feeds; and back."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urljoin, urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.encoding import iri_to_uri

from activitystream.conf import settings
from activitystream.models import Ref

__all__ = ["Iris"]


class Iris:
    """The addresses of one site, as seen from one request.

    `absolute` makes an absolute address of a path, `namespace` is that of `activitystream.urls`.
    """

    def __init__(self, absolute: Callable[[str], str], namespace: str) -> None:
        self._absolute, self._namespace = absolute, namespace

    @classmethod
    def of(cls, request: HttpRequest) -> Iris:
        """Those that answers to this request have: on the setting ORIGIN, else on the host that was asked."""
        origin = settings.ORIGIN
        absolute = (
            request.build_absolute_uri if origin is None else lambda path: iri_to_uri(urljoin(origin, path))
        )
        match = request.resolver_match
        return cls(absolute, (match and match.namespace) or "activitystream")

    def absolute(self, address: str | None) -> str | None:
        """An address of a card, absolute."""
        return self._absolute(address) if address else None

    def activity(self, id: int) -> str:
        return self._reverse("activity-detail", pk=str(id))

    def row(self, ref: Ref) -> str:
        """Where the card of a row is."""
        return self._reverse("card-detail", type=ref.model, id=ref.id)

    def feed(self, name: str, owner: Ref) -> str:
        return self._reverse("feed-detail", feed=name, type=owner.model, id=owner.id)

    def list_of(self, name: str, ref: Ref) -> str:
        """Where the `followers` or the `following` of a row are."""
        return self._reverse(f"{name}-detail", type=ref.model, id=ref.id)

    def read(self, iri: str, kind: str = "card") -> Ref | None:
        """The row whose card (or list of that name) has this address; None if there is none on this site."""
        try:
            asked, site = urlsplit(iri), urlsplit(self._absolute("/"))
            prefix = get_script_prefix()
            if asked.query or not asked.path.startswith(prefix):
                return None
            match = resolve("/" + unquote(asked.path.removeprefix(prefix), errors="strict"))
        except (ValueError, Resolver404):
            return None
        ours = (asked.scheme, asked.netloc) == (site.scheme, site.netloc)
        if not ours or match.view_name != f"{self._namespace}:{kind}-detail":
            return None
        return Ref(match.kwargs["type"].lower(), match.kwargs["id"])

    def _reverse(self, name: str, **kwargs: str) -> str:
        return self._absolute(reverse(f"{self._namespace}:{name}", kwargs=kwargs))
