"""Show the demo's visitors while they chat: a bar for people, a line each for pipes."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from switchboard.cli.run_display import aside
from switchboard.simulators.salesiq.visitors.play import Visit

_ENDS = {
    "ticket": "ticket {numbers}",
    "solved": "solved by first aid",
    "operator": "asked for a person",
    "left": "left in the middle",
    "stuck": "got stuck",
}


class VisitDisplay:
    """A live picture on standard error; silent when *quiet*."""

    def __init__(self, visitors: int, *, quiet: bool = False) -> None:
        self._console, self._quiet = aside(), quiet
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("Starting the service", total=visitors)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._progress.stop()

    def ignore(self, _line: str) -> None:
        """Take a line of the service: the demo tells its own story."""

    def tell(self, visit: Visit) -> None:
        """Take a visit that is over."""
        if self._quiet:
            return
        self._progress.update(self._bar, advance=1, description="Visitors are chatting")
        end = _ENDS[visit.end].format(numbers=", ".join(visit.tickets))
        text = f"{visit.visitor.name}: “{visit.visitor.says}” - {end}"
        self._progress.console.print(text, markup=False, soft_wrap=True)
