"""Open a person's browser, where somebody sits who has one."""

from __future__ import annotations

import contextlib
import os
import sys
import webbrowser

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def seen_by_a_person() -> bool:
    """Tell whether somebody watches, on a machine that can show more than text.

    Without a screen, `webbrowser` would start a browser of text on top of our own words.
    """
    shows = sys.platform in {"win32", "darwin"} or any(os.environ.get(each) for each in _SCREENS)
    return shows and sys.stdout.isatty()


def open_browser(address: str) -> None:
    """Show *address*; where no browser can be started, the address on the screen has to do."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)
