"""Find the file of a report that the store knows, and only below the reports' own directory."""

from __future__ import annotations

from pathlib import Path

from switchboard.config.load import Configuration
from switchboard.store.reports import Report


def document_of(configuration: Configuration, known: Report) -> Path | None:
    """Return where a report lies; None when it is gone, or a row leads somewhere else."""
    home = configuration.reports_dir.resolve()
    try:
        path = (configuration.root / known.path).resolve()
    except (OSError, ValueError, RuntimeError):  # A loop of links, a zero byte: not ours.
        return None
    inside = path.is_relative_to(home) and path.suffix == ".html"
    return path if inside and path.is_file() else None
