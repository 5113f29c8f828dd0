"""The ways people and telephone systems write one North American number."""

from __future__ import annotations


def notations(number: str) -> list[str]:
    """Return a +1 number (E.164) in every notation that has to be recognised, region US."""
    country, area, exchange, line = number[1], number[2:5], number[5:8], number[8:]
    if len(number) != len("+12155550100") or country != "1":
        raise ValueError(number)
    return [
        number,
        number[1:],
        number[2:],
        f"({area}) {exchange}-{line}",
        f"({area}){exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"{area} {exchange} {line}",
        f"{area}/{exchange}-{line}",
        f"1-{area}-{exchange}-{line}",
        f"1.{area}.{exchange}.{line}",
        f"1 ({area}) {exchange}-{line}",
        f"+1 {area} {exchange} {line}",
        f"+1 ({area}) {exchange}-{line}",
        f"+1-{area}-{exchange}-{line}",
        f"001 {area} {exchange} {line}",
        f"011 1 {area} {exchange} {line}",
        f"tel:+1-{area}-{exchange}-{line}",
        f"  {area} {exchange} {line}  ",
        f"{area}\u2011{exchange}\u2011{line}",
        f"{area}.{exchange}.{line} x12",
        f"({area}) {exchange}-{line} ext. 12",
        f"({area}) {exchange}-{line} extension 12",
        f"+1 {area} {exchange} {line} #12",
        f"tel:+1-{area}-{exchange}-{line};ext=12",
        f"{area} {exchange} {line} home",
        f"cell: {area} {exchange} {line}",
        f"{area}-{exchange}-{line} / {area}-{exchange}-0000",
    ]
