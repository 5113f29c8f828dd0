"""What each mail may be made of: made-up facts that templates are tried with. Pure.

Every mail's facts have the keys of its samples, always all of them: blank where there is nothing.
"""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]
SCORES = ((5, "Very good"), (4, "Good"), (3, "So so"), (2, "Not good"), (1, "Bad"))

_COMMON: Facts = {
    "help_desk": "Example IT help desk",
    "bot_name": "AceBuddy",
    "support": "+1 555 0100",
}
_FIELDS = (("Account", "Windows / remote desktop"), ("E-mail", "john@company.example"))
_CODE: Facts = {**_COMMON, "code": "123456", "minutes": "10 minutes"}
_CUSTOMER: Facts = {
    **_COMMON,
    "name": "John Doe",
    "number": "1000001",
    "title": "Password reset",
    "fields": _FIELDS,
    "extends": False,
    "expected": "within 8 office hours, by Monday, 23 November 2026, 14:00 CST",
    "unverified": False,
    "approval": False,
}
_TEAM: Facts = {
    **_COMMON,
    "number": "1000001",
    "title": "Password reset",
    "workflow": "password_reset",
    "reference": "chat:portal:4711-1",
    "priority": "High",
    "extends": False,
    "actions": ("Call the contact before changing anything: nobody proved the address.",),
    "name": "John Doe",
    "email": "john@company.example",
    "phone": "+1 555 0101",
    "identity": "NOT confirmed",
    "unverified": True,
    "expected": "within 4 hours, by Friday, 20 November 2026, 18:30 UTC",
    "fields": _FIELDS,
    "files": 2,
    "link": "https://desk.example/agent/1000001",
}
_ASKED: Facts = {
    **_COMMON,
    "name": "Jane Roe",
    "number": "1000002",
    "what": "More disk space for SRV-01: 80 GB, $60 a month",
    "requester": "John Doe",
    "requester_email": "john@company.example",
    "until": "Friday, 27 November 2026, 17:00 CST",
    "approve_link": "https://help.example/approve/t?choice=approve",
    "decline_link": "https://help.example/approve/t?choice=decline",
}
_DECIDED: Facts = {
    **_COMMON,
    "for_team": False,
    "name": "John Doe",
    "number": "1000002",
    "what": "More disk space for SRV-01: 80 GB, $60 a month",
    "approved": True,
    "by": "jane@company.example",
    "reason": "",
    "link": "",
}
_CLOSED: Facts = {
    **_COMMON,
    "name": "John Doe",
    "number": "1000001",
    "title": "Password reset",
    "took": "2 hours 5 minutes",
    "scores": tuple(
        {"score": score, "word": word, "link": f"https://help.example/feedback/t?score={score}"}
        for score, word in SCORES
    ),
}
_NOTE: Facts = {
    **_COMMON,
    "headline": "A customer was not content",
    "lines": ("2 of 5 for ticket 1000001.", "They wrote: It took too long."),
    "number": "1000001",
    "link": "https://desk.example/agent/1000001",
}

SAMPLES: dict[str, tuple[Facts, ...]] = {
    "code": (_CODE,),
    "customer_ticket": (
        _CUSTOMER,
        {**_CUSTOMER, "extends": True, "name": "", "fields": (), "unverified": True},
        {**_CUSTOMER, "support": "", "approval": True, "number": "", "expected": ""},
    ),
    "team_ticket": (
        _TEAM,
        {**_TEAM, "extends": True, "link": "", "phone": "", "files": 0, "unverified": False},
        {**_TEAM, "fields": (), "email": "", "name": "", "number": "", "expected": ""},
    ),
    "approval_request": (_ASKED, {**_ASKED, "name": "", "requester": "", "number": ""}),
    "approval_result": (
        _DECIDED,
        {**_DECIDED, "approved": False, "reason": "Too expensive.", "name": ""},
        {**_DECIDED, "for_team": True, "link": "https://desk.example/agent/1000002"},
        {**_DECIDED, "for_team": True, "approved": False, "number": ""},
    ),
    "closed": (_CLOSED, {**_CLOSED, "scores": (), "took": "", "name": "", "support": ""}),
    "team_note": (_NOTE, {**_NOTE, "lines": (), "number": "", "link": ""}),
}
"""Each mail's name with facts for every turn its template may take."""
