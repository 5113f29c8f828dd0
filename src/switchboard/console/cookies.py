"""Name, set and take back the two cookies: who is signed in, and whose form this is."""

from __future__ import annotations

from fastapi import Request, Response

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SESSION, _FORM = "sb_session", "sb_form"


class Cookies:
    """The cookies of one request.

    Secure but on this machine itself, where there is no HTTPS. The prefix __Host- keeps other
    hosts of the same domain from setting ours.
    """

    def __init__(self, request: Request, *, https: bool) -> None:
        plain = request.url.scheme == "http" and request.url.hostname in _LOOPBACK
        self._request, self.secure = request, https or not plain

    @property
    def session(self) -> str:
        return self._request.cookies.get(self._name(_SESSION), "")

    @property
    def form(self) -> str:
        return self._request.cookies.get(self._name(_FORM), "")

    def keep_session(self, response: Response, session_id: str) -> None:
        self._set(response, _SESSION, session_id)
        response.delete_cookie(self._name(_FORM), path="/", secure=self.secure, httponly=True)

    def keep_form(self, response: Response, secret: str) -> None:
        self._set(response, _FORM, secret)

    def end_session(self, response: Response) -> None:
        response.delete_cookie(self._name(_SESSION), path="/", secure=self.secure, httponly=True)

    def _set(self, response: Response, name: str, value: str) -> None:
        # No lifetime: the browser forgets it when it closes, the store long before that matters.
        response.set_cookie(
            self._name(name), value, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name
