"""Conditional requests: a weak ETag of the answer's bytes, and 304 for who has them already."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.response import Response

__all__ = ["make_conditional"]


def make_conditional(request: Any, response: HttpResponseBase) -> None:
    """Give an answer to GET or HEAD its ETag once it is rendered, or send 304 in its place.

    Bytes are compared and not what they were made from: whatever a viewer may see, in whatever form, an
    answer is the same exactly if its bytes are. A warm page needs no SQL, so this needs none.
    """
    if not isinstance(response, Response):
        return  # a stream: it has no bytes before it is sent
    if request.method in ("GET", "HEAD") and response.status_code == 200 and not _is_form(response):
        response.add_post_render_callback(lambda rendered: _checked(request, rendered))


def _is_form(response: Response) -> bool:
    """Whether the browsable API makes it: there is a new token in each of its forms."""
    return getattr(response, "accepted_media_type", None) == "text/html"


def _checked(request: Any, response: Response) -> HttpResponseBase:
    tag = f'W/"{blake2b(response.content, digest_size=16).hexdigest()}"'
    response["ETag"] = tag
    answer = get_conditional_response(request, etag=tag, response=response)
    return response if answer is None else answer
