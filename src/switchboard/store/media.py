"""Keep the debt list: every recording and voicemail that still has to reach the CRM.

    owed ─► done       attached, under the vendor's id
      ├───► gone       RingCentral does not have it (any more)
      ├───► parked     a person has to look; `retry` puts it back
      └───► needless   the call turned out to be none of ours; `owe` puts it back

A piece of a call that is not done waits for it: `due` does not show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.store import set_aside
from switchboard.store.database import chunks, insert, now
from switchboard.store.tables import interaction, lease, media

Kind = Literal["recording", "voicemail"]
State = Literal["owed", "done", "gone", "parked", "needless"]
Transcript = Literal["none", "waiting", "written"]

KINDS: tuple[Kind, ...] = ("recording", "voicemail")
OPEN: tuple[State, ...] = ("owed", "parked")  # Lost to us if RingCentral deletes it first.
DAY = 86_400.0
# What RingCentral keeps unless the account says otherwise (ringcentral.md §4), until it is asked.
USUAL_RETENTION_DAYS = 90.0
NEEDLESS = "The call is not processed, so nothing of it is attached."


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPiece:
    """A recording or voicemail as the call's records name it."""

    key: str
    interaction_id: str
    person: str
    kind: Kind
    media_id: str
    call_started_at: float
    call_ended_at: float
    office: str | None = None
    position: int = 0
    mailbox_id: str | None = None
    content_uri: str | None = None
    recording_type: str | None = None  # Automatic | OnDemand: they are kept for different times.


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRow(MediaPiece):
    """A piece and what became of it. `dataclasses.replace` makes the next version of it."""

    state: State = "owed"
    why: str = ""
    error_code: str | None = None
    due_at: float | None = None
    attempts: int = 0
    expires_at: float | None = None
    alarmed_at: float | None = None
    module: str | None = None
    record_id: str | None = None
    attachment_id: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    size: int | None = None
    transcript: Transcript | None = None
    first_seen: float = 0.0
    updated_at: float = 0.0
    finished_at: float | None = None


def lease_key(interaction_id: str) -> str:
    """Return who leases and effects of a call's media are about: never its caller."""
    return f"media:{interaction_id}"


def owe(conn: sa.Connection, pieces: Sequence[MediaPiece]) -> None:
    """Take pieces into the list. Of one that is there only its whereabouts are brought up to date.

    A piece that was needless is owed again: whoever owes it knows that the call is processed.
    """
    if not pieces:
        return
    at = now(conn)
    rows = [
        {
            **asdict(piece),
            "state": "owed",
            "due_at": piece.call_ended_at,
            "expires_at": piece.call_started_at + USUAL_RETENTION_DAYS * DAY,
            "first_seen": at,
            "updated_at": at,
        }
        for piece in sorted(pieces, key=lambda piece: piece.key)
    ]
    statement = insert(conn, media)
    new, needless = statement.excluded, media.c.state == "needless"
    latest: dict[str, sa.ColumnElement[Any]] = {
        "position": new.position,
        "call_ended_at": new.call_ended_at,
        **{
            name: sa.func.coalesce(new[name], media.c[name])
            for name in ("office", "content_uri", "mailbox_id", "recording_type")
        },
    }
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            **latest,
            "state": sa.case((needless, "owed"), else_=media.c.state),
            "why": sa.case((needless, ""), else_=media.c.why),
            "due_at": sa.case((needless, new.due_at), else_=media.c.due_at),
            "finished_at": sa.case((needless, None), else_=media.c.finished_at),
        },
        # Every run looks at the same calls again: what is known already is not written again.
        where=sa.or_(
            needless, *(value.is_distinct_from(media.c[name]) for name, value in latest.items())
        ),
    )
    conn.execute(statement, rows)


def due(
    conn: sa.Connection,
    *,
    worker: str,
    by: float,
    limit: int,
    offices: Sequence[str] = (),
    kinds: Sequence[Kind] = KINDS,
) -> list[str]:
    """Return calls with pieces due by then: those RingCentral deletes first come first.

    Only calls that are done: leads and notes come before media. Those somebody else holds are left
    out. A piece that is attached comes again while its transcript is being made.
    """
    taken = sa.exists().where(
        lease.c.person == sa.literal("media:") + media.c.interaction_id,
        lease.c.worker != worker,
        lease.c.until > now(conn),
    )
    query = (
        sa.select(media.c.interaction_id)
        .join(interaction, interaction.c.id == media.c.interaction_id)
        .where(*_workable(by, offices, kinds), ~taken)
        .group_by(media.c.interaction_id)
        .order_by(sa.func.min(media.c.expires_at), media.c.interaction_id)
        .limit(limit)
    )
    return list(conn.scalars(query))


def count_due(conn: sa.Connection, *, by: float, offices: Sequence[str] = ()) -> int:
    """Return how many pieces are due by then."""
    query = (
        sa.select(sa.func.count())
        .select_from(media)
        .join(interaction, interaction.c.id == media.c.interaction_id)
        .where(*_workable(by, offices, KINDS))
    )
    return int(conn.scalar(query) or 0)


def _workable(
    by: float, offices: Sequence[str], kinds: Sequence[Kind]
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        media.c.state.in_(("owed", "done")),
        media.c.due_at <= by,
        media.c.kind.in_(kinds),
        interaction.c.fate == "done",
    ]
    if offices:
        conditions.append(media.c.office.in_(offices))
    return conditions


def of_interactions(conn: sa.Connection, ids: Iterable[str]) -> dict[str, list[MediaRow]]:
    """Return every piece of each call, in the order of its legs."""
    found: dict[str, list[MediaRow]] = {}
    for chunk in chunks(ids):
        query = (
            sa.select(media)
            .where(media.c.interaction_id.in_(chunk))
            .order_by(media.c.interaction_id, media.c.position, media.c.key)
        )
        for row in conn.execute(query):
            found.setdefault(row.interaction_id, []).append(_row(row))
    return found


def find(conn: sa.Connection, wanted: str) -> list[MediaRow]:
    """Return the pieces with this key or RingCentral id."""
    query = sa.select(media).where(sa.or_(media.c.key == wanted, media.c.media_id == wanted))
    return [_row(row) for row in conn.execute(query.order_by(media.c.key))]


def put(conn: sa.Connection, row: MediaRow) -> None:
    """Say what became of a piece; what `owe` keeps up to date stays as it is."""
    kept = {field.name for field in fields(MediaPiece)} | {"expires_at", "alarmed_at", "first_seen"}
    values = {name: value for name, value in asdict(row).items() if name not in kept}
    values["updated_at"] = now(conn)
    conn.execute(sa.update(media).where(media.c.key == row.key).values(**values))


def count_attempt(conn: sa.Connection, keys: Iterable[str]) -> None:
    """Note that these are being worked on once more: the next pause is longer."""
    for chunk in chunks(sorted(keys)):
        conn.execute(
            sa.update(media).where(media.c.key.in_(chunk)).values(attempts=media.c.attempts + 1)
        )


def drop_needless(conn: sa.Connection) -> int:
    """Stop owing what belongs to calls that turned out to be none of ours."""
    skipped = sa.select(interaction.c.id).where(interaction.c.fate == "skipped")
    at = now(conn)
    return conn.execute(
        sa.update(media)
        .where(media.c.state == "owed", media.c.interaction_id.in_(skipped))
        .values(state="needless", why=NEEDLESS, due_at=None, updated_at=at, finished_at=at)
    ).rowcount


def set_retention(conn: sa.Connection, kind: Kind, days: Mapping[str, float], usual: float) -> None:
    """Date the deletion of what is still open: days by the type of recording, else *usual*."""
    keep = sa.case(
        *((media.c.recording_type == name, sa.literal(value)) for name, value in days.items()),
        else_=sa.literal(usual),
    )
    expires = media.c.call_started_at + (keep if days else sa.literal(usual)) * DAY
    conn.execute(
        sa.update(media)
        .where(
            media.c.kind == kind,
            media.c.state.in_(OPEN),
            sa.or_(media.c.expires_at.is_(None), media.c.expires_at != expires),
        )
        .values(expires_at=expires)
    )


def debt(
    conn: sa.Connection,
    *,
    offices: Sequence[str] = (),
    states: Sequence[State] = OPEN,
    expires_before: float | None = None,
    limit: int | None = None,
) -> list[MediaRow]:
    """Return the list as people read it: what RingCentral deletes first on top."""
    query = sa.select(media)
    if states:
        query = query.where(media.c.state.in_(states))
    if offices:
        query = query.where(media.c.office.in_(offices))
    if expires_before is not None:
        query = query.where(media.c.expires_at < expires_before, media.c.state.in_(OPEN))
    query = query.order_by(media.c.expires_at, media.c.call_started_at, media.c.key)
    return [_row(row) for row in conn.execute(query.limit(limit))]


def counts(conn: sa.Connection, *, offices: Sequence[str] = ()) -> dict[State, int]:
    """Return how many pieces are in each state."""
    query = sa.select(media.c.state, sa.func.count()).group_by(media.c.state)
    if offices:
        query = query.where(media.c.office.in_(offices))
    found: dict[State, int] = {"owed": 0, "done": 0, "gone": 0, "parked": 0, "needless": 0}
    for state, count in conn.execute(query):
        found |= {state: count}
    return found


def expiring(
    conn: sa.Connection, within_days: float, *, offices: Sequence[str] = ()
) -> list[MediaRow]:
    """Return what RingCentral deletes within so many days although the CRM does not have it.

    What it must have deleted already is no alarm any more: there is nothing left to be saved.
    """
    at = now(conn)
    found = debt(conn, offices=offices, expires_before=at + within_days * DAY)
    return [row for row in found if row.expires_at is None or row.expires_at > at - DAY]


def alarm(rows: Sequence[MediaRow]) -> str | None:
    """Say in one sentence what RingCentral is about to delete (MEDIA-001); None: nothing."""
    if not rows:
        return None
    parts = []
    for kind in KINDS:
        number = sum(row.kind == kind for row in rows)
        if number:
            parts.append(f"{number} {kind}{'' if number == 1 else 's'}")
    last = max(row.expires_at or 0.0 for row in rows)
    return (
        f"RingCentral deletes {' and '.join(parts)} that Zoho CRM does not have, the last on "
        f"{datetime.fromtimestamp(last, UTC):%d %b %Y}. See them with `switchboard calls media "
        "--expiring`."
    )


def mark_alarmed(conn: sa.Connection, keys: Iterable[str]) -> None:
    """Note that somebody was told of these: the same alarm need not be mailed every four hours."""
    at = now(conn)
    for chunk in chunks(sorted(set(keys))):
        conn.execute(
            sa.update(media)
            .where(media.c.key.in_(chunk), media.c.alarmed_at.is_(None))
            .values(alarmed_at=at)
        )


def retry(conn: sa.Connection, keys: Iterable[str]) -> list[str]:
    """Owe parked pieces again, due at once; return which those were."""
    at = now(conn)
    opened: list[str] = []
    for chunk in chunks(sorted(set(keys))):
        statement = (
            sa.update(media)
            .where(media.c.key.in_(chunk), media.c.state == "parked")
            .values(
                state="owed",
                why="A person asked to try it again.",
                error_code=None,
                due_at=at,
                attempts=0,
                updated_at=at,
                finished_at=None,
            )
        )
        opened += conn.scalars(statement.returning(media.c.key))
    set_aside.drop(conn, KINDS, opened)
    return opened


def _row(row: sa.Row[Any]) -> MediaRow:
    return MediaRow(**row._asdict())
