"""A mail's texts as somebody edits them: what is wrong with them, and what saving would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from switchboard.config.findings import Finding
from switchboard.console.workflows.drafts import plain
from switchboard.flows.chat_to_ticket.mails.catalogue import Mail, TextPart, mail
from switchboard.flows.chat_to_ticket.mails.templates import Templates, drafted


@dataclass(frozen=True, slots=True)
class DraftPart:
    """One text in the form; `known` is how it is saved."""

    known: TextPart
    text: str
    findings: tuple[Finding, ...]

    @property
    def is_standard(self) -> bool:
        return self.text == plain(self.known.shipped)

    @property
    def changed(self) -> bool:
        return self.text != plain(self.known.text)

    @property
    def new(self) -> str | None:
        """What its file would say: nothing where the standard text does, and none is needed."""
        if self.is_standard:
            return None
        return self.text if self.changed else self.known.own


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail as the form has it; `templates` render it, a text with an error as it ships."""

    mail: Mail
    parts: tuple[DraftPart, ...]
    templates: Templates

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self.templates.findings

    @property
    def changed(self) -> bool:
        return any(each.changed for each in self.parts)

    @property
    def changes(self) -> dict[str, str | None]:
        return {each.known.place: each.new for each in self.parts}


def draft_of(root: Path, name: str, texts: Mapping[str, str] | None = None) -> Draft | None:
    """Return a mail with *texts* by part, or as it stands; None where there is no such mail.

    A text left empty is the standard one.
    """
    found = mail(root, name)
    if found is None:
        return None
    typed = {each.part: _typed(each, texts) for each in found.parts}
    own = {
        f"{name}.{each.part}": typed[each.part]
        for each in found.parts
        if typed[each.part] != plain(each.shipped)
    }
    templates = drafted(root, own)
    parts = tuple(
        DraftPart(
            each,
            typed[each.part],
            tuple(one for one in templates.findings if one.file == each.place),
        )
        for each in found.parts
    )
    return Draft(found, parts, templates)


def _typed(part: TextPart, texts: Mapping[str, str] | None) -> str:
    text = plain(texts.get(part.part, "") if texts is not None else part.text)
    return text if text.strip() else plain(part.shipped)
