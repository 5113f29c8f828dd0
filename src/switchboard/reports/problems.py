"""Say what a person should look at, most urgent first, each with its cure. Pure.

A problem is *fresh* when it came up in this run; only fresh ones make an error mail, so a call that
stays parked over the weekend is announced once and shown in every report until it is solved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from switchboard.error_reference import about
from switchboard.reports.facts import Facts
from switchboard.reports.models import CallLine, MediaLine, OfficeFigures, Problem
from switchboard.reports.wording import count, day

RETRY = "switchboard calls retry --all-parked"
_UNKNOWN = "parked without a code"


def find_problems(
    facts: Facts,
    figures: Sequence[OfficeFigures],
    calls: Sequence[CallLine],
    media: Sequence[MediaLine],
) -> tuple[Problem, ...]:
    """Return all of them; the fresh ones first."""
    found = [
        *_run(facts),
        *_mismatch(figures),
        *_parked(facts, calls, fresh=True),
        *_media(media),
        *_callbacks(facts),
        *_unreadable(facts),
        *_parked(facts, calls, fresh=False),
    ]
    return tuple(sorted(found, key=lambda each: not each.fresh))


def _run(facts: Facts) -> Iterator[Problem]:
    stopped = facts.summary.get("stopped_by")
    if stopped:
        code, _, message = str(stopped).partition(": ")
        yield _explained(
            Problem(kind="run", title="The run stopped early", code=code, detail=message or code)
        )
    elif facts.run.outcome == "interrupted":
        yield Problem(
            kind="run",
            title="The run was interrupted",
            meaning="Somebody or the system ended it before it was through.",
            solution="Nothing is lost: the next run continues where it stopped.",
        )
    elif facts.run.outcome == "failed":
        yield Problem(
            kind="run",
            title="The run failed",
            meaning="An error nobody expected ended it; the log says which.",
            solution="Nothing is lost: the next run continues. Please report it with the log.",
        )
    elif facts.run.finished_at is None:
        yield Problem(
            kind="run",
            title="The run has no end",
            meaning="It is still going on, or it was killed and could not say so.",
            solution="If it was killed nothing is lost: the next run continues where it stopped.",
        )


def _mismatch(figures: Sequence[OfficeFigures]) -> Iterator[Problem]:
    for part in figures:
        if not part.adds_up:
            yield _explained(
                Problem(
                    kind="mismatch",
                    code="RUN-001",
                    title=f"The calls of {part.name} do not add up",
                    meaning="RingCentral showed another number of calls than have a fate.",
                    solution="Run again. If it stays, report it with the log: it is a mistake of "
                    "Switchboard.",
                    detail=f"RingCentral showed {part.seen}; done {part.done}, skipped "
                    f"{part.skipped}, parked {part.parked} and waiting {part.waiting} make "
                    f"{part.fates}.",
                    count=abs(part.seen - part.fates),
                )
            )


def _parked(facts: Facts, calls: Sequence[CallLine], *, fresh: bool) -> Iterator[Problem]:
    numbers: dict[str, int] = {}
    for each in facts.tallies:
        if each.fate == "parked" and each.fresh == fresh:
            numbers[each.code or ""] = numbers.get(each.code or "", 0) + each.number
    for code, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0])):
        needs = "needs" if number == 1 else "need"
        title = f"{count(number, 'call')} {needs} a person"
        mine = tuple(
            line
            for line in calls
            if line.fate == "parked" and (line.code or "") == code and line.fresh == fresh
        )
        said = {line.why for line in mine if line.why}
        yield _explained(
            Problem(
                kind="parked",
                code=code or None,
                title=title if fresh else f"{title} since an earlier run",
                meaning="" if code else f"The call was {_UNKNOWN}.",
                detail=said.pop() if len(said) == 1 else "",
                count=number,
                fresh=fresh,
                command=RETRY,
                calls=mine,
            )
        )


def _media(media: Sequence[MediaLine]) -> Iterator[Problem]:
    urgent = tuple(line for line in media if line.urgent)
    if urgent:
        first = min(line.deleted_at for line in urgent if line.deleted_at)
        yield Problem(
            kind="media",
            title=f"RingCentral soon deletes {count(len(urgent), 'recording')} still owed",
            meaning="They could not be attached yet, and RingCentral keeps them only for a time.",
            solution="Look at why each is late, and download what matters from RingCentral.",
            detail=f"The first is deleted on {day(first)}.",
            count=len(urgent),
            fresh=any(line.fresh for line in urgent),
            media=urgent,
        )
    for state, words, solution in (
        ("gone", "lost: RingCentral deleted it too soon", "Nothing can bring it back"),
        ("parked", "not attached: a person is needed", "Solve the cause, or attach it by hand"),
    ):
        for fresh in (True, False):
            lost = tuple(line for line in media if line.state == state and line.fresh == fresh)
            if not lost:
                continue
            since = "" if fresh else " since an earlier run"
            codes = {line.code for line in lost}
            yield Problem(
                kind="media",
                title=f"{count(len(lost), 'recording')} {words}{since}",
                code=codes.pop() if len(codes) == 1 else None,
                solution=f"{solution}; the list of recordings says why.",
                count=len(lost),
                fresh=fresh,
                media=lost,
            )


def _callbacks(facts: Facts) -> Iterator[Problem]:
    codes: dict[tuple[str, bool], int] = {}
    for state, code, fresh, number in facts.callbacks:
        if state == "parked":
            codes[code or "", fresh] = codes.get((code or "", fresh), 0) + number
    for (code, fresh), number in sorted(codes.items()):
        yield _explained(
            Problem(
                kind="callback",
                title=f"{count(number, 'call-back task')} could not be written",
                code=code or None,
                solution="The missed calls are in the listing; call back without the task.",
                count=number,
                fresh=fresh,
            )
        )


def _unreadable(facts: Facts) -> Iterator[Problem]:
    messages = [str(each) for each in facts.summary.get("problems") or ()]
    if messages:
        yield Problem(
            kind="unreadable",
            title=f"{count(len(messages), 'record')} of the call log could not be read",
            meaning="RingCentral sent something Switchboard does not understand; it was left out.",
            solution="Look the calls up in RingCentral; report it with the log.",
            detail="; ".join(messages[:3]) + ("; ..." if len(messages) > 3 else ""),  # noqa: PLR2004
            count=len(messages),
        )


def _explained(problem: Problem) -> Problem:
    """Add what the error reference says of the code, where the problem has no words of its own."""
    known = about(problem.code) if problem.code else None
    if known is None:
        return problem
    return replace(
        problem,
        meaning=problem.meaning or known.meaning,
        solution=problem.solution or known.you,
    )
