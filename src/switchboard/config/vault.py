"""Keep the vendors' credentials encrypted at rest, under a key that can be changed any time."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from switchboard.config.environment import environment, file_named
from switchboard.config.files import write_private
from switchboard.config.findings import refuse
from switchboard.config.legacy import translate
from switchboard.config.locking import alone
from switchboard.config.places import CREDENTIALS, KEY_FILE
from switchboard.config.settings import ENV_PREFIX
from switchboard.vendors.credentials import (
    RingCentralCredentials,
    SmtpCredentials,
    ZohoCredentials,
    ZohoDeskKey,
)

KEY_VARIABLE = f"{ENV_PREFIX}ENCRYPTION_KEY"
KEY_FILE_VARIABLE = f"{ENV_PREFIX}ENCRYPTION_KEY_FILE"
LOCK = "credentials.lock"  # Beside the credentials, wherever a link leads to.


class VaultContents(BaseModel):
    """The secrets of every connection; a vendor not yet set up is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ringcentral: RingCentralCredentials | None = None
    zoho: ZohoCredentials | None = None
    smtp: SmtpCredentials | None = None  # Many a mail server asks for none.
    desk: ZohoDeskKey | None = None  # ZOHO_DESK_API_KEY wins.
    salesiq: ZohoCredentials | None = None  # For answers given later; the bot needs none.

    def missing(self) -> tuple[str, ...]:
        """Name the vendors without credentials that cannot be done without."""
        return tuple(name for name in ("ringcentral", "zoho") if getattr(self, name) is None)


def credential_variables() -> tuple[str, ...]:
    """Name the variables `credentials set --from-env` reads: SWITCHBOARD_ZOHO_CLIENT_ID, ..."""
    parts: dict[str, type[BaseModel]] = {
        "ringcentral": RingCentralCredentials,
        "zoho": ZohoCredentials,
        "smtp": SmtpCredentials,
        "desk": ZohoDeskKey,
        "salesiq": ZohoCredentials,
    }
    return tuple(
        f"{ENV_PREFIX}{name}_{field}".upper()
        for name, part in parts.items()
        for field in part.model_fields
    )


@dataclass(slots=True)
class Cipher:
    """Encrypt with the first key, decrypt with any; follow a key file that was rotated."""

    keys: Keys

    def encrypt(self, data: bytes) -> bytes:
        return self.keys.fernet().encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        """Return what *data* hides; InvalidToken when none of the keys fits."""
        try:
            return self.keys.fernet().decrypt(data)
        except InvalidToken:
            if not self.keys.reload():
                raise
            return self.keys.fernet().decrypt(data)


@dataclass(slots=True)
class Keys:
    """The encryption keys and where they come from: the environment, a file, or our own file."""

    source: str  # For people: the variable's or the file's name.
    path: Path | None  # None: the keys are the environment's and not ours to change.
    lines: tuple[str, ...] = field(repr=False, default=())

    def fernet(self) -> MultiFernet:
        try:
            return MultiFernet([Fernet(line) for line in self.lines])
        except ValueError as error:
            message = "does not hold a Fernet key (32 bytes in URL-safe base64, one key a line)"
            raise refuse("CFG-026", self.source, message) from error

    def reload(self) -> bool:
        """Read the file again; tell whether its keys have changed."""
        lines = _key_lines(self.path, self.source) if self.path else self.lines
        changed, self.lines = lines != self.lines, lines
        return changed

    def write(self, lines: tuple[str, ...]) -> None:
        if self.path is None:
            raise refuse("CFG-026", self.source, "is not a file that could be changed")
        write_private(self.path, "".join(f"{line}\n" for line in lines))
        self.lines = lines


class Vault:
    """`data/credentials.enc` and the keys that open it."""

    def __init__(self, root: Path, keys: Keys) -> None:
        self.path = root / CREDENTIALS
        self.keys = keys
        self.notes: tuple[str, ...] = ()  # What older scripts' credentials hold beyond ours.

    @classmethod
    def open(cls, root: Path | str, *, create: bool = False) -> Vault:
        """Find the key; with *create*, make one unless there are credentials it could not open."""
        root = Path(root).absolute()
        keys = _find_keys(root)
        if keys.path is not None and not keys.lines:
            if (root / CREDENTIALS).exists():
                message = f"is missing, and without it {CREDENTIALS} cannot be opened"
                raise refuse("CFG-026", keys.source, message)
            if not create:
                hint = "Run `switchboard credentials set`: it creates the key and the vault."
                raise refuse("CFG-025", CREDENTIALS, "does not exist yet", hint=hint)
            _create_key(keys)
        keys.fernet()  # A key that is none is refused here, not at the first use.
        return cls(root, keys)

    @property
    def cipher(self) -> Cipher:
        """What the store uses for access tokens."""
        return Cipher(self.keys)

    def load(self) -> VaultContents:
        """Return the credentials; empty ones before the first `credentials set`."""
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return VaultContents()
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise refuse("CFG-002", CREDENTIALS, message) from error
        try:
            return self._read(self.cipher.decrypt(sealed))
        except InvalidToken as error:
            message = f"cannot be decrypted with the key of {self.keys.source}"
            raise refuse("CFG-027", CREDENTIALS, message) from error
        except ValidationError as error:
            # The details would repeat what was decrypted.
            message = "was decrypted, but holds no credentials this version understands"
            hint = ". ".join([*self.notes, "Run `switchboard credentials set`"])
            wrapped = refuse("CFG-027", CREDENTIALS, message, hint=f"{hint}.")
            raise wrapped from error.with_traceback(None)

    def _read(self, plain: bytes) -> VaultContents:
        """Understand our own form, else that of the scripts before us."""
        self.notes = ()
        try:
            return VaultContents.model_validate_json(plain)
        except ValidationError:
            try:
                credentials, notes = translate(json.loads(plain))
            except ValueError:
                credentials, notes = {}, []
            self.notes = tuple(notes)
            if not credentials:
                raise
            return VaultContents.model_validate(credentials)

    def require(self) -> tuple[RingCentralCredentials, ZohoCredentials]:
        """Return both vendors' credentials, or say whose are missing."""
        contents = self.load()
        if contents.ringcentral is None or contents.zoho is None:
            message = f"holds no credentials for {' and '.join(contents.missing())}"
            hint = ". ".join([*self.notes, "Run `switchboard credentials set`"])
            raise refuse("CFG-025", CREDENTIALS, message, hint=f"{hint}.")
        return contents.ringcentral, contents.zoho

    def save(self, contents: VaultContents) -> None:
        """Replace the credentials in one step."""
        plain = json.dumps(_revealed(contents.model_dump(exclude_none=True)))
        write_private(self.path, self.cipher.encrypt(plain.encode()))

    def update(self, change: Callable[[VaultContents], VaultContents]) -> VaultContents:
        """Replace the credentials by what *change* makes of them; one process at a time."""
        with self._alone():
            contents = change(self.load())
            self.save(contents)
        return contents

    def rotate(self) -> int:
        """Re-encrypt under a new key and return how many keys are known afterwards.

        At every moment the keys on disk open the credentials on disk: first the new key joins the
        old ones, then the credentials change, then the oldest keys go. The one before stays for
        processes still running, until `drop_old`. Keys of the environment are the operator's: put
        the new one first there, then rotate.
        """
        with self._alone():
            contents = self.load()
            if self.keys.path is None:
                self.save(contents)
                return len(self.keys.lines)
            before = self.keys.lines
            self.keys.write((Fernet.generate_key().decode(), *before))
            self.save(contents)
            self.keys.write(self.keys.lines[:2])
        return len(self.keys.lines)

    def drop_old(self) -> int:
        """Forget all keys but the newest, once nothing is encrypted under them any more."""
        with self._alone():
            if self.keys.path is not None:
                self.keys.write(self.keys.lines[:1])
        return len(self.keys.lines)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing credentials or keys between our look and our write."""
        with alone(self.path.resolve().with_name(LOCK)):
            self.keys.reload()
            yield


def _find_keys(root: Path) -> Keys:
    given = environment(root).get(KEY_VARIABLE, "").strip()
    if given:
        return Keys(KEY_VARIABLE, None, tuple(given.replace(",", " ").split()))
    source, path = file_named(root, KEY_FILE_VARIABLE) or (KEY_FILE, root / KEY_FILE)
    return Keys(source, path, _key_lines(path, source))


def _key_lines(path: Path, source: str) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("CFG-026", source, "cannot be read as a key file") from error
    lines = tuple(line.strip() for line in text.splitlines())
    keys = tuple(line for line in lines if line and not line.startswith("#"))
    if not keys:
        raise refuse("CFG-026", source, "holds no key")
    return keys


def _create_key(keys: Keys) -> None:
    if keys.path is None:
        return
    with contextlib.suppress(FileExistsError):  # Another process was first: its key is as good.
        write_private(keys.path, Fernet.generate_key() + b"\n", overwrite=False)
    keys.reload()


def _revealed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _revealed(each) for key, each in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value
