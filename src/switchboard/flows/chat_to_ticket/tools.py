"""What the effectful half of the flow is handed by bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from switchboard.config.load import Configuration
from switchboard.flows.chat_to_ticket.detector.second_opinion import Adviser
from switchboard.flows.chat_to_ticket.library import Library
from switchboard.flows.chat_to_ticket.models import Classify
from switchboard.store.database import Database
from switchboard.store.sealing import Sealer
from switchboard.vendors.zoho_desk.client import ZohoDeskClient
from switchboard.vendors.zoho_salesiq.client import ZohoSalesiqClient
from switchboard.vendors.zoho_salesiq.fetching import VisitorFiles

Lane = Literal["tickets", "mails", "replies", "follow_ups"]


def utc_now() -> datetime:
    return datetime.now(UTC)


def nobody(_lane: Lane) -> None:
    """Wake nobody: whoever works the lane finds it at its next round."""


@dataclass(frozen=True, slots=True)
class ChatTools:
    """The store, the vendors and the documents of one process; built anew when documents change."""

    configuration: Configuration
    db: Database
    sealer: Sealer
    worker: str  # leases.worker_identity().id
    library: Library
    classify: Classify = field(repr=False)
    desk: ZohoDeskClient | None = None  # None: not set up; tickets wait until it is.
    department_id: str = ""  # Of Zoho Desk: where tickets go that no workflow sends elsewhere.
    files: VisitorFiles | None = None  # Fetches what visitors sent; None: files are only named.
    salesiq: ZohoSalesiqClient | None = None  # None: nothing can be said but in answers.
    adviser: Adviser | None = None  # None: nobody is asked for a second opinion.
    can_mail: bool = False  # A mail server is set up.
    public_url: str = ""  # Of links in mails: settings.server.public_url, or host and port.
    wake: Callable[[Lane], None] = nobody
    now: Callable[[], datetime] = utc_now
