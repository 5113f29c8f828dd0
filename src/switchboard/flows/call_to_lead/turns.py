"""Whose turn it is: shares kept to within one lead, at every moment and for any weights. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# Credits are sums of many floats: what differs by less is a tie, which the document's order breaks.
_TIE = 1e-9
_DIGITS = 12


def next_turn(
    weights: Mapping[str, float], credit: Mapping[str, float]
) -> tuple[str, dict[str, float]]:
    """Return who is next, and the credits to keep for the turn after.

    A credit is what an owner should have received so far less what he did receive, in leads. Of
    those to whom enough of a lead is owed, the one is chosen who would soonest be a whole lead
    behind: Tijdeman's rule for the chairman of an assembly (1980), by which no credit ever leaves
    the range from -1 to 1 (docs/adr/0013-shares-of-leads.md). *weights* are above 0, at least one.
    """
    largest = max(weights.values())  # Their sum may be more than a float can hold.
    total = sum(weight / largest for weight in weights.values())
    share = {each: weight / largest / total for each, weight in weights.items()}
    owed = {each: value + share[each] for each, value in _balanced(share, credit).items()}
    # With one owner there is nobody to wait for.
    slack = 1 / (2 * len(owed) - 2) if len(owed) > 1 else 1.0
    ready = [each for each in owed if owed[each] >= slack - _TIE] or [
        max(owed, key=owed.__getitem__)
    ]
    deadlines = {each: (1 - slack - owed[each]) / share[each] for each in ready}
    soonest = min(deadlines.values())
    chosen = next(each for each in ready if deadlines[each] <= soonest + _TIE)
    owed[chosen] -= 1
    return chosen, {each: round(value, _DIGITS) for each, value in owed.items()}


def _balanced(share: Mapping[str, float], credit: Mapping[str, float]) -> dict[str, float]:
    """Return the credits of today's owners, adding up to nothing.

    Owners who left take their credit with them, new ones start with none; what that leaves
    over or short is borne by all, by their shares.
    """
    kept = {each: min(max(credit.get(each, 0.0), -1.0), 1.0) for each in share}
    over = sum(kept.values())
    return {each: value - over * share[each] for each, value in kept.items()}
