"""Tell the time as the office's own clock does. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from switchboard.config.load import Configuration


class Zones:
    """The clocks of a company; calls of no office are told in the first office's time."""

    def __init__(self, configuration: Configuration) -> None:
        self._zones = {each.id: ZoneInfo(each.timezone) for each in configuration.offices}
        self.main: tzinfo = ZoneInfo(configuration.schedule.timezone or configuration.zone)

    def local(self, at: float, office: str | None = None) -> datetime:
        """Return *at* (epoch seconds) in the office's time zone."""
        return datetime.fromtimestamp(at, self._zones.get(office or "", self.main))
