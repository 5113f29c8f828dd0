"""Check the documents of the chat half with what stands beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from switchboard.config.chat_documents import SalesiqConfig
from switchboard.config.findings import Finding, finding
from switchboard.config.reading import Place, Raw, key_text
from switchboard.config.settings import ENV_PREFIX, Settings
from switchboard.errors import OperatorError


def check_salesiq(document: SalesiqConfig | None, raw: Raw) -> Iterator[Finding]:
    """Load each public key as the service will: a wrong one would refuse every delivery."""
    if document is None or not document.public_keys:
        return
    # Cryptography takes its time to load, and most commands have no keys to read.
    from switchboard.vendors.zoho_salesiq.signature import load_keys  # noqa: PLC0415

    for index, text in enumerate(document.public_keys):
        try:
            load_keys([text])
        except OperatorError as error:
            place: Place = ("public_keys", index)
            yield Finding(
                code=error.code,
                file=raw.file,
                key=key_text(place),
                message="cannot be used: " + _reason(error.message),
                hint="Copy it again from the bot's settings, Secure your webhook.",
                line=raw.line(place),
            )


def check_chat_settings(
    settings: Settings, raw: Raw, environ: Mapping[str, str], *, offices: Collection[str]
) -> Iterator[Finding]:
    """Check that the office whose hours chats go by is one."""
    office = settings.chat.office
    if not office or office in offices:
        return
    close = get_close_matches(office.casefold(), offices, n=1)
    hint = f'Did you mean "{close[0]}"?' if close else f"There is: {', '.join(offices)}."
    variable = f"{ENV_PREFIX}CHAT__OFFICE"
    from_env = variable in environ
    place: Place = ("chat", "office")
    yield finding(
        "CFG-029",
        "environment" if from_env else raw.file,
        f'there is no office "{office}"',
        key=variable if from_env else key_text(place),
        hint=hint,
        line=None if from_env else raw.line(place),
    )


def _reason(message: str) -> str:
    """Leave out the number: the finding names the place."""
    return message.partition("cannot be used: ")[2].partition(". ")[0]
