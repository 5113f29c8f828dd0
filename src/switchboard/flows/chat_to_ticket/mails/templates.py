"""Render the mails of chats; an operator's template goes first, unless something is wrong with it.

Operators put `<name>.txt`, `.html` or `.subject` into `<configuration>/chat/mails/`. Each is tried
with every sample (samples.py) when it is read: what fails there is a finding with file and line,
and the one that ships is used meanwhile.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import css_inline
import structlog
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, select_autoescape
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from switchboard.config.findings import Finding, finding
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES

log = structlog.get_logger(__name__)

SHIPPED = Path(__file__).parent / "templates"
OPERATORS = Path("chat") / "mails"
PARTS = ("subject", "txt", "html")
LARGEST_FILE = 256 * 1024
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates in force, and what is wrong with an operator's."""

    environment: ImmutableSandboxedEnvironment
    findings: tuple[Finding, ...] = ()

    def render(self, name: str, facts: Mapping[str, Any]) -> Rendered:
        """Return a mail; KeyError for a name that is none of ours."""
        if name not in SAMPLES:
            raise KeyError(name)
        subject, text, html = (self._part(f"{name}.{part}", facts) for part in PARTS)
        return Rendered(" ".join(subject.split()), text.strip() + "\n", _inliner().inline(html))

    def _part(self, file: str, facts: Mapping[str, Any]) -> str:
        try:
            return self.environment.get_template(file).render(facts)
        except Exception as error:  # noqa: BLE001 - facts no sample showed: nobody waits for that.
            log.warning("mail_template_failed", file=file, error=type(error).__name__)
            return _environment({}, None).get_template(file).render(facts)


def load_templates(config_dir: Path | None) -> Templates:
    """Return the templates for a configuration directory; read anew once a file has changed."""
    folder = None if config_dir is None else config_dir / OPERATORS
    return _load(folder, _stamp(folder))


def _stamp(folder: Path | None) -> Stamp:
    if folder is None or not folder.is_dir():
        return ()
    found: list[tuple[str, int, int]] = []
    for path in sorted(folder.iterdir()):
        try:
            known = path.stat()
        except OSError:
            continue  # Gone, or a link to nothing.
        if path.is_file():
            found.append((path.name, known.st_mtime_ns, known.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _load(folder: Path | None, stamp: Stamp) -> Templates:
    own: dict[str, str] = {}
    findings: list[Finding] = []
    if folder is None:
        return Templates(_environment(own, folder))
    for name, _, size in stamp:
        stem, _, part = name.rpartition(".")
        if stem not in SAMPLES or part not in PARTS:
            message = f"no mail is made of it; there are {', '.join(SAMPLES)}"
            findings.append(finding("CHAT-123", _shown(name), message))
            continue
        problem = _read(folder / name, size, own)
        problem = problem or next(_problems(name, own, folder), None)
        if problem is not None:
            findings.append(problem)
            own.pop(name, None)
    return Templates(_environment(own, folder), tuple(findings))


def _read(path: Path, size: int, own: dict[str, str]) -> Finding | None:
    try:
        if size > LARGEST_FILE:
            return finding("CHAT-121", _shown(path.name), "it is far too large for a mail")
        own[path.name] = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"it cannot be read: {type(error).__name__}"
        return finding("CHAT-121", _shown(path.name), message)
    return None


def _problems(name: str, own: Mapping[str, str], folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with one template, tried with each of its samples."""
    environment = _environment({name: own[name]}, folder)
    for facts in SAMPLES[name.rpartition(".")[0]]:
        try:
            shown = environment.get_template(name).render(facts)
            if name.endswith(".html"):
                _inliner().inline(shown)
            if not shown.strip():
                yield finding("CHAT-122", _shown(name), "nothing comes out of it", line=1)
        except TemplateSyntaxError as error:
            yield finding("CHAT-121", _shown(name), str(error.message), line=error.lineno)
        except Exception as error:  # noqa: BLE001 - an expression may raise anything at all.
            message = str(error) if isinstance(error, TemplateError) else type(error).__name__
            line = _line(error, str(folder / name))
            yield finding("CHAT-122", _shown(name), message, line=line)


def _line(error: Exception, filename: str) -> int | None:
    """Return the line of a template in which an expression failed: Jinja2 puts it in the trace."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename == filename), None)


def _environment(own: Mapping[str, str], folder: Path | None) -> ImmutableSandboxedEnvironment:
    kept = dict(own)

    def load(name: str) -> tuple[str, str, None] | None:
        if name in kept and folder is not None:
            return kept[name], str(folder / name), None
        path = SHIPPED / Path(name).name
        return (path.read_text("utf-8"), str(path), None) if path.is_file() else None

    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        autoescape=select_autoescape(["html"], default=False, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    # The at-rules (dark theme, phones) cannot be inlined and stay in the head for who reads them.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _shown(name: str) -> str:
    return (OPERATORS / name).as_posix()
