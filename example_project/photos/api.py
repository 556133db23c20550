"""How the API knows who calls."""

from __future__ import annotations

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class Session(SessionAuthentication):
    """Who is signed in on the site. Others get a 401, and no browser opens a window for a password."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
