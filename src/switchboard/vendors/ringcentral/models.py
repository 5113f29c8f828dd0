"""RingCentral's call log in typed values: everything optional that the vendor may leave out."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Party(_Value):
    """One side of a call. `phone_number` is as sent: E.164, bare digits, masked or None."""

    phone_number: str | None = None
    extension_number: str | None = None
    extension_id: str | None = None
    name: str | None = None  # Carrier caller-ID text on inbound calls, not a contact's name.
    location: str | None = None


class RecordingRef(_Value):
    """A recording a record or leg points at."""

    id: str
    type: str | None = None
    content_uri: str | None = None


class MessageRef(_Value):
    """A voicemail or fax a record points at; `uri` holds the mailbox's extension id."""

    id: str
    type: str | None = None
    uri: str | None = None


class Leg(_Value):
    """One step of a call's way, in the order it happened."""

    leg_type: str | None = None
    master: bool = False
    start_time: datetime | None = None
    duration_seconds: int = 0
    direction: str | None = None
    action: str | None = None
    result: str | None = None
    reason: str | None = None
    from_: Party = Party()
    to: Party = Party()
    extension_id: str | None = None
    recording: RecordingRef | None = None
    message: MessageRef | None = None


class CallRecord(_Value):
    """One call-log record (view=Detailed). Times are aware UTC; ids are strings."""

    id: str
    session_id: str
    telephony_session_id: str | None = None
    start_time: datetime
    duration_seconds: int = 0
    type: str = "Voice"
    direction: str
    action: str
    result: str | None = None
    reason: str | None = None
    from_: Party = Party()
    to: Party = Party()
    extension_id: str | None = None
    recording: RecordingRef | None = None
    short_recording: bool = False
    message: MessageRef | None = None
    internal_type: str | None = None
    transport: str | None = None
    last_modified: datetime | None = None
    finished: bool | None = None
    deleted: bool = False
    legs: tuple[Leg, ...] = ()

    @property
    def session_key(self) -> str:
        """The interaction's identity: telephonySessionId, else sessionId, else id."""
        return self.telephony_session_id or self.session_id or self.id


class CallLogPage(_Value):
    """One page of the call log: the typed records and the vendor's own JSON beside them."""

    records: tuple[CallRecord, ...]
    raw: tuple[dict[str, object], ...]
    problems: tuple[str, ...] = ()  # Records that could not be read: which, and what was wrong.


class Extension(_Value):
    """One extension of the account (a Department is a call queue)."""

    id: str
    extension_number: str | None = None
    name: str | None = None
    type: str = "User"
    status: str = "Enabled"
    email: str | None = None


class Message(_Value):
    """A voicemail in a mailbox, as far as fetching it needs."""

    id: str
    type: str = "VoiceMail"
    availability: str = "Alive"  # Deleted and Purged ones keep their entry for a while.
    transcription: str = "NotAvailable"  # Poll only while "InProgress" (ringcentral.md §5).
    audio_uri: str | None = None  # None while the audio lags the message.
    audio_type: str | None = None
    audio_seconds: int = 0
    audio_size: int | None = None
    transcript_uri: str | None = None


class RecordingRetention(_Value):
    """After how many days RingCentral deletes recordings; None where it does not say."""

    automatic_days: float | None = None
    on_demand_days: float | None = None
