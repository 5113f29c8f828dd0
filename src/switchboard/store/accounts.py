"""Keep who may sign in to the console, and with what.

Every change is in the audit trail, in its transaction; *actor* is `console:<name>` or whoever
else made it. Passwords are hashed where they are typed (console/passwords.py): here is the hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from switchboard.errors import OperatorError
from switchboard.store import audit
from switchboard.store.database import insert
from switchboard.store.sealing import Sealer
from switchboard.store.tables import account, console_session, recovery_code, setup_link

Role = Literal["viewer", "operator", "administrator"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "administrator")  # Each may what those before may.
RECOVERY_CODES = 10
NAME_RULE = "2 to 40 letters, digits, dots, hyphens or underscores, beginning with a letter"

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_LOCK = 0x5377_4163_6374  # Any number, the same in every process: "SwAcct".


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person, or one purpose, that signs in."""

    id: str
    name: str
    role: Role
    password_hash: str | None
    sealed_totp: str | None
    totp_step: int | None
    created_at: float
    disabled_at: float | None
    password_changed_at: float | None
    signed_in_at: float | None

    @property
    def state(self) -> Literal["active", "invited", "disabled"]:
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.password_hash else "invited"

    @property
    def has_second_factor(self) -> bool:
        return self.sealed_totp is not None

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


def sign_in_name(typed: str) -> str:
    """Return the name as it is stored: nobody is turned away for a capital letter. Pure."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def create(
    conn: sa.Connection,
    name: str,
    role: Role,
    now: float,
    *,
    actor: str,
    password_hash: str | None = None,
) -> Account:
    """Add an account; without a password it can do nothing until its link was used."""
    wanted = sign_in_name(name)
    if not _NAME.fullmatch(wanted):
        raise OperatorError("CON-004", f"A name has {NAME_RULE}.")
    made = {
        "id": secrets.token_hex(8),
        "name": wanted,
        "role": role,
        "password_hash": password_hash,
        "created_at": now,
        "password_changed_at": now if password_hash else None,
    }
    statement = insert(conn, account).values(**made)
    added = statement.on_conflict_do_nothing(index_elements=["name"]).returning(account.c.id)
    if conn.execute(added).first() is None:
        raise OperatorError("CON-001", f"There is an account called {wanted!r} already.")
    _note(conn, actor, "account.create", wanted, {"role": role})
    return get(conn, str(made["id"]))


def find(conn: sa.Connection, name: str) -> Account | None:
    """Return the account that signs in under *name*, in whatever state it is."""
    row = conn.execute(sa.select(account).where(account.c.name == sign_in_name(name))).first()
    return _account(row) if row else None


def get(conn: sa.Connection, account_id: str) -> Account:
    """Return an account; OperatorError CON-002 when there is none."""
    row = conn.execute(sa.select(account).where(account.c.id == account_id)).first()
    if row is None:
        raise OperatorError("CON-002", "There is no such account.")
    return _account(row)


def named(conn: sa.Connection, name: str) -> Account:
    """Return an account by its name; OperatorError CON-002 when there is none."""
    found = find(conn, name)
    if found is None:
        raise OperatorError("CON-002", f"There is no account called {sign_in_name(name)!r}.")
    return found


def every(conn: sa.Connection) -> list[Account]:
    return [_account(row) for row in conn.execute(sa.select(account).order_by(account.c.name))]


def anybody(conn: sa.Connection) -> bool:
    """Say whether anybody was ever set up: then the first set-up is over for good."""
    return conn.scalar(sa.select(account.c.id).limit(1)) is not None


def set_password(
    conn: sa.Connection, account_id: str, password_hash: str, now: float, *, actor: str
) -> None:
    """Take a new password; links that would set another one end."""
    _change(conn, account_id, password_hash=password_hash, password_changed_at=now)
    conn.execute(sa.delete(setup_link).where(setup_link.c.account_id == account_id))
    _note(conn, actor, "account.password", get(conn, account_id).name)


def rehash(conn: sa.Connection, account_id: str, before: str, after: str) -> None:
    """Keep the same password under newer parameters, unless it was changed meanwhile."""
    same = (account.c.id == account_id) & (account.c.password_hash == before)
    conn.execute(sa.update(account).where(same).values(password_hash=after))


def note_sign_in(conn: sa.Connection, account_id: str, now: float) -> None:
    _change(conn, account_id, signed_in_at=now)


def set_role(conn: sa.Connection, account_id: str, role: Role, *, actor: str) -> None:
    """Change what somebody may do, from their next request on."""
    found = _of_several(conn, account_id, leaves=role != "administrator")
    if found.role != role:
        _change(conn, account_id, role=role)
        _note(conn, actor, "account.role", found.name, {"from": found.role, "to": role})


def disable(conn: sa.Connection, account_id: str, now: float, *, actor: str) -> None:
    """Keep somebody out from now on: sessions and links end, the trail keeps the name."""
    found = _of_several(conn, account_id, leaves=True)
    if found.disabled_at is None:
        _change(conn, account_id, disabled_at=now)
        _note(conn, actor, "account.disable", found.name)
    _end_access(conn, account_id)


def enable(conn: sa.Connection, account_id: str, *, actor: str) -> None:
    """Let somebody in again, with the password they had."""
    _change(conn, account_id, disabled_at=None)
    _note(conn, actor, "account.enable", get(conn, account_id).name)


def reset(conn: sa.Connection, account_id: str, *, actor: str) -> None:
    """Forget password and second factor; whoever gets the next link chooses anew."""
    _change(conn, account_id, password_hash=None, sealed_totp=None, totp_step=None)
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.account_id == account_id))
    _end_access(conn, account_id)
    _note(conn, actor, "account.reset", get(conn, account_id).name)


def turn_on_totp(
    conn: sa.Connection,
    sealer: Sealer,
    account_id: str,
    *,
    secret: str,
    step: int,
    codes: Iterable[str],
    actor: str,
) -> None:
    """Demand a second factor from now on; *step* is the time of the code it was proved with."""
    _change(conn, account_id, sealed_totp=sealer.seal(_place(account_id), secret), totp_step=step)
    renew_recovery_codes(conn, account_id, codes)
    _note(conn, actor, "account.second_factor_on", get(conn, account_id).name)


def turn_off_totp(conn: sa.Connection, account_id: str, *, actor: str) -> None:
    _change(conn, account_id, sealed_totp=None, totp_step=None)
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.account_id == account_id))
    _note(conn, actor, "account.second_factor_off", get(conn, account_id).name)


def totp_secret(sealer: Sealer, found: Account) -> str | None:
    if found.sealed_totp is None:
        return None
    return str(sealer.unseal(_place(found.id), found.sealed_totp))


def use_totp_step(conn: sa.Connection, account_id: str, step: int) -> bool:
    """Take a code's time; False when it, or a later one, was used before."""
    unused = account.c.totp_step.is_(None) | (account.c.totp_step < step)
    query = sa.update(account).where(account.c.id == account_id, unused).values(totp_step=step)
    return bool(conn.execute(query).rowcount)


def new_recovery_codes() -> list[str]:
    """Make codes people can type: 50 random bits each, `abcde-fghij`."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return [
        "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def renew_recovery_codes(conn: sa.Connection, account_id: str, codes: Iterable[str]) -> None:
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.account_id == account_id))
    rows = [{"hash": _code_hash(account_id, each), "account_id": account_id} for each in codes]
    conn.execute(sa.insert(recovery_code), rows)


def use_recovery_code(conn: sa.Connection, account_id: str, typed: str, now: float) -> bool:
    """Take one of the codes; each works once."""
    fits = recovery_code.c.hash == _code_hash(account_id, typed)
    unused = fits & recovery_code.c.used_at.is_(None)
    taken = conn.execute(sa.update(recovery_code).where(unused).values(used_at=now)).rowcount
    if taken:
        name = get(conn, account_id).name
        _note(conn, f"console:{name}", "account.recovery_code", name)
    return bool(taken)


def recovery_codes_left(conn: sa.Connection, account_id: str) -> int:
    mine = (recovery_code.c.account_id == account_id) & recovery_code.c.used_at.is_(None)
    return int(conn.scalar(sa.select(sa.func.count()).where(mine)) or 0)


def sealed_anew(sealer: Sealer, row: Any) -> dict[str, Any]:
    """Return the sealed column under the newest key, for `resealing`."""
    if row.sealed_totp is None:
        return {}
    place = _place(row.id)
    return {"sealed_totp": sealer.seal(place, sealer.unseal(place, row.sealed_totp))}


def alone(conn: sa.Connection) -> None:
    """Let no other process decide who is the first or the last until this transaction ends."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _of_several(conn: sa.Connection, account_id: str, *, leaves: bool) -> Account:
    """Return the account; refuse to lose the last administrator who can sign in."""
    alone(conn)
    found = get(conn, account_id)
    if leaves and found.role == "administrator" and found.state == "active":
        others = (account.c.id != account_id) & (account.c.role == "administrator")
        usable = others & account.c.disabled_at.is_(None) & account.c.password_hash.is_not(None)
        if conn.scalar(sa.select(account.c.id).where(usable).limit(1)) is None:
            raise OperatorError("CON-003", f"{found.name} is the last administrator.")
    return found


def _end_access(conn: sa.Connection, account_id: str) -> None:
    conn.execute(sa.delete(console_session).where(console_session.c.account_id == account_id))
    conn.execute(sa.delete(setup_link).where(setup_link.c.account_id == account_id))


def _change(conn: sa.Connection, account_id: str, **values: Any) -> None:
    conn.execute(sa.update(account).where(account.c.id == account_id).values(**values))


def _note(
    conn: sa.Connection, actor: str, action: str, name: str, detail: dict[str, Any] | None = None
) -> None:
    audit.append(conn, actor=actor, action=action, subject=f"account:{name}", detail=detail)


def _place(account_id: str) -> str:
    return f"account {account_id} totp"


def _code_hash(account_id: str, typed: str) -> str:
    # 50 random bits and five tries before a wait: a plain hash is enough, salted by the account.
    letters = re.sub(r"[^a-z0-9]", "", typed.casefold())
    return hashlib.sha256(f"{account_id} {letters}".encode()).hexdigest()


def _account(row: sa.Row[Any]) -> Account:
    return Account(**row._asdict())
