"""JSON that is there already, as an answer: the bodies of a page are put together without decoding them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from rest_framework.renderers import BaseRenderer, JSONRenderer

from activitystream.feeds import Entry

__all__ = ["Bodies", "RawJSONRenderer", "with_raw_json"]


class Bodies(Sequence[dict[str, Any]]):
    """The bodies of entries, decoded only where somebody looks at them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @property
    def raw(self) -> bytes:
        """The JSON array."""
        return b"[%b]" % b",".join(entry.raw for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self.tolist()[index]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.tolist())

    def __eq__(self, other: object) -> bool:
        return self.tolist() == (other.tolist() if isinstance(other, Bodies) else other)

    def __add__(self, other: Any) -> list[dict[str, Any]]:
        return [*self, *other]

    __hash__ = None  # type: ignore[assignment]

    def tolist(self) -> list[dict[str, Any]]:
        """The same decoded. REST framework's encoder asks what it does not know for this."""
        return [entry.body for entry in self._entries]


class RawJSONRenderer(JSONRenderer):
    """REST framework's JSON; a page of bodies is given out as it is kept."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        results = data.get("results") if isinstance(data, dict) else None
        plain = self.compact and not self.ensure_ascii
        indented = self.get_indent(accepted_media_type or "", dict(renderer_context or {}))
        if not isinstance(results, Bodies) or not plain or indented:
            return super().render(data, accepted_media_type, renderer_context)
        others = {name: value for name, value in data.items() if name != "results"}
        head = super().render(others, accepted_media_type, renderer_context)
        return b'%b,"results":%b}' % (head[:-1], results.raw)


def with_raw_json(renderers: Sequence[BaseRenderer]) -> list[BaseRenderer]:
    """These renderers, with ours in place of REST framework's own for JSON. What a site has made stays."""
    return [RawJSONRenderer() if type(renderer) is JSONRenderer else renderer for renderer in renderers]
