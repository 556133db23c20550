"""The project's throttles, for views that are not REST framework's: a form is no way around them."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest
from rest_framework.views import APIView

__all__ = ["seconds_to_wait"]


def seconds_to_wait(request: HttpRequest) -> int | None:
    """None: go on. Else for how many seconds the project's throttles want no more of this client."""
    view = APIView()
    asked: Any = request  # throttles read `user` and `META`, which both kinds of request have
    waits = [
        throttle.wait() or 1 for throttle in view.get_throttles() if not throttle.allow_request(asked, view)
    ]
    return math.ceil(max(waits)) if waits else None
