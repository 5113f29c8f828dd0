"""What is known of each connection's credentials without asking anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from switchboard.bootstrap import stored_connections
from switchboard.config.chat_documents import DESK_KEY
from switchboard.config.desk_access import desk_parts
from switchboard.config.environment import environment
from switchboard.config.findings import ConfigError
from switchboard.config.load import Configuration
from switchboard.config.places import CREDENTIALS
from switchboard.config.vault import Vault, VaultContents
from switchboard.console.credentials.parts import CLIENT, PARTS, Part, held, hint, split
from switchboard.error_reference import ErrorCode, about
from switchboard.errors import OperatorError, SwitchboardError
from switchboard.store import audit, tokens

ACTION = "credentials.change"
_LOOKED_AT = 200  # Rows of the trail: who changed a connection last.
_NO_VAULT = "CFG-025"
Kind = Literal["ok", "warn", "fail", ""]


@dataclass(frozen=True, slots=True)
class Held:
    """The vault as it is; `problem` says why it stays shut."""

    contents: VaultContents = field(default_factory=VaultContents, repr=False)
    changed_at: float | None = None
    key: str = ""  # Where the key is, never the key.
    desk_key: str = field(default="", repr=False)  # Of the environment, which wins.
    lacking: tuple[str, ...] = ()  # What Zoho Desk needs beside a key.
    connections: Mapping[str, str] = field(default_factory=dict)
    problem: SwitchboardError | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The last time the console changed a connection."""

    at: float
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What a vendor said the last time it was asked to let us in."""

    code: str
    message: str
    at: float
    known: ErrorCode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One connection."""

    part: Part
    word: str
    kind: Kind
    is_set: bool
    hint: str = ""
    variable: str = ""  # The environment has it: nothing to be changed here.
    lacking: tuple[str, ...] = ()
    changed: Changed | None = None
    refused: Refused | None = None


def look(configuration: Configuration) -> Held:
    """Open the vault. Reads files: not for the event loop."""
    try:
        desk_key = environment(configuration.root).get(DESK_KEY, "").strip()
        vault = Vault.open(configuration.root)
        contents = vault.load()
        parts = desk_parts(configuration, contents)
        return Held(
            contents=contents,
            changed_at=vault.path.stat().st_mtime if vault.path.exists() else None,
            key=vault.keys.source,
            desk_key=desk_key,
            lacking=parts.missing if parts is not None and parts.key else (),
            connections=stored_connections(configuration, contents),
        )
    except ConfigError as error:
        return Held(desk_key=desk_key) if error.code == _NO_VAULT else Held(problem=error)
    except OSError as error:
        said = f"{CREDENTIALS} cannot be read: {error.strerror}"
        return Held(problem=OperatorError("CFG-002", said))


def refusals(
    conn: sa.Connection, connections: Mapping[str, str], believed: float
) -> dict[str, Refused]:
    """Return whose last sign-in was refused; *believed*: how long the store trusts in that."""
    found = {}
    for name, connection in connections.items():
        row = tokens.load(conn, connection)
        said = row.document.get("refused") if row is not None else None
        if isinstance(said, dict):
            code = str(said["code"])
            at = float(said.get("until", 0.0)) - believed
            found[name] = Refused(code, str(said["message"]), at, about(code))
    return found


def changes(conn: sa.Connection) -> dict[str, Changed]:
    """Return who changed what last, by the connection's title."""
    found: dict[str, Changed] = {}
    for entry in audit.entries(conn, subject=CREDENTIALS, limit=_LOOKED_AT):
        if entry.action == ACTION:
            detail = json.loads(entry.detail)
            by = entry.actor.partition(":")[2] or entry.actor
            changed = Changed(entry.at, by, str(detail.get("what", "")))
            found.setdefault(str(detail.get("connection", "")), changed)
    return found


def states(
    seen: Held,
    needed: Iterable[str],
    refused: Mapping[str, Refused],
    changed: Mapping[str, Changed],
) -> list[State]:
    """Put together what is shown. Pure."""
    wanted = frozenset(needed)
    return [
        _state(seen, part, wanted, refused.get(part.name), changed.get(part.title))
        for part in PARTS.values()
    ]


def needed(configuration: Configuration) -> set[str]:
    """Name the connections that the configuration cannot do without. Pure."""
    found = {"ringcentral", "zoho"} if configuration.calls else set()
    return found | ({"desk"} if configuration.desk is not None else set())


def _state(
    seen: Held,
    part: Part,
    wanted: frozenset[str],
    refused: Refused | None,
    changed: Changed | None,
) -> State:
    variable = DESK_KEY if part.name == "desk" and seen.desk_key else ""
    known = split(seen.desk_key) if variable else held(seen.contents, part.name)
    is_set = bool(variable or getattr(seen.contents, part.name) is not None)
    lacking = seen.lacking if part.name == "desk" else ()
    kind: Kind
    if seen.problem is not None:
        word, kind = "Cannot be read", "fail"
    elif not is_set:
        word, kind = ("Missing", "fail") if part.name in wanted else ("Not set", "")
    elif refused is not None:
        word, kind = "Refused", "fail"
    elif lacking:
        word, kind = "Incomplete", "warn"
    else:
        word, kind = ("Set on the server", "ok") if variable else ("Set", "ok")
    return State(
        part=part,
        word=word,
        kind=kind,
        is_set=is_set,
        hint=hint(known.get(CLIENT, "")),
        variable=variable,
        lacking=lacking,
        changed=changed,
        refused=refused if is_set else None,
    )
