"""Mails of chats: what is in them, and what becomes of an operator's own templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchboard.flows.chat_to_ticket.mails import catalogue
from switchboard.flows.chat_to_ticket.mails.samples import SAMPLES
from switchboard.flows.chat_to_ticket.mails.templates import OPERATORS, drafted, load_templates

HOSTILE = "<img src=x onerror=alert(1)>&\u202etxt"


def own(root: Path, name: str, text: str) -> Path:
    folder = root / OPERATORS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_mail_has_subject_text_and_html(name: str) -> None:
    """Whatever turn a template takes, nothing is left blank and nothing is asked of the web."""
    for facts in SAMPLES[name]:
        made = load_templates(None).render(name, facts)
        assert made.subject
        assert "\n" not in made.subject
        assert made.text.endswith("\n")
        assert "<table" in made.html
        assert 'src="http' not in made.html
        assert "{{" not in made.text + made.html + made.subject


@pytest.mark.parametrize("name", ["customer_ticket", "team_ticket", "approval_request", "closed"])
def test_markup_in_what_a_visitor_wrote_stays_text(name: str) -> None:
    """A name or an answer with HTML in it is shown as it was typed."""
    facts = SAMPLES[name][0] | {"name": HOSTILE, "title": HOSTILE, "what": HOSTILE}
    facts["fields"] = ((HOSTILE, HOSTILE),)
    made = load_templates(None).render(name, facts)
    assert "<img" not in made.html
    assert "&lt;img" in made.html


def test_the_mail_with_a_code_says_nothing_else_of_the_person() -> None:
    """Its words are the same for everybody; the subject does not show the code."""
    made = load_templates(None).render("code", SAMPLES["code"][0])
    assert "123456" in made.text
    assert "123456" in made.html
    assert "123456" not in made.subject


def test_an_operators_template_goes_first(tmp_path: Path) -> None:
    """Only the part that is there is replaced."""
    root = own(tmp_path, "closed.subject", "Done: {{ number }}")
    templates = load_templates(root)
    made = templates.render("closed", SAMPLES["closed"][0])
    assert templates.findings == ()
    assert made.subject == "Done: 1000001"
    assert "is closed" in made.text


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("Hello\n{% if name %}", "CHAT-121", 2),
        ("Hello\n\n{{ numbre }}", "CHAT-122", 3),
        ("{{ 1 // 0 }}", "CHAT-122", 1),
        ("{{ ''.__class__.__mro__ }}", "CHAT-122", 1),
        ("Hello\n{{ name | center(999999999) }}", "CHAT-121", 2),
        ("Hello\n{{ '%999999999d' % 1 }}", "CHAT-121", 2),
        ("Hi\n{% for each in scores %}\n{{ each.wrd }}{% endfor %}", "CHAT-122", 3),
        ("  \n", "CHAT-122", 1),
    ],
)
def test_a_wrong_template_is_named_with_its_line_and_left_out(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    """The shipped one is used meanwhile: no customer goes without a mail."""
    templates = load_templates(own(tmp_path, "closed.txt", text))
    (found,) = templates.findings
    assert (found.code, found.line, found.file) == (code, line, "chat/mails/closed.txt")
    assert "is closed" in templates.render("closed", SAMPLES["closed"][0]).text


def test_a_file_that_belongs_to_no_mail_is_named(tmp_path: Path) -> None:
    """A misspelt name would otherwise never be used, and nobody would know."""
    (found,) = load_templates(own(tmp_path, "close.txt", "Hello")).findings
    assert (found.code, found.severity) == ("CHAT-123", "warning")


def test_a_template_that_changes_is_read_again(tmp_path: Path) -> None:
    """Without a restart."""
    root = own(tmp_path, "closed.subject", "One")
    assert load_templates(root).render("closed", SAMPLES["closed"][0]).subject == "One"
    own(tmp_path, "closed.subject", "Another")
    assert load_templates(root).render("closed", SAMPLES["closed"][0]).subject == "Another"


def test_a_template_that_fails_only_later_gives_way_to_the_shipped_one(tmp_path: Path) -> None:
    """What no sample shows must not keep a ticket from being settled."""
    root = own(tmp_path, "closed.txt", "{{ 1 // (number | length - 3) }}")
    templates = load_templates(root)
    assert templates.findings == ()
    facts = SAMPLES["closed"][0] | {"number": "123"}
    assert "is closed (ticket 123)" in templates.render("closed", facts).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "too often",
        ),
        ("{% macro m() %}{% for a in [1, 2] %}{{ m() }}{% endfor %}{% endmacro %}{{ m() }}", ""),
        ('{% include "closed.txt" %}', ""),
        ('{{ "x" * 999999 }}', "too large"),
        ("{{ 9 ** 99999 }}", "power"),
        ("{% set a = 'x' %}" + "{% set a = a ~ a %}" * 40, "too large"),
        ("{% set a = 'x' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, "too large"),
        ("{% set a = 'x' %}" + "{% set a = a | replace('x', 'xxxxx') %}" * 40, "too large"),
        ("{% for a in range(9999) %}" + "word " * 500 + "{% endfor %}", "too large"),
    ],
)
def test_a_template_that_would_never_end_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """The mails behind it are not held up: the one that ships is sent."""
    templates = load_templates(own(tmp_path, "closed.txt", text))
    (found,) = templates.findings
    assert found.code == "CHAT-122"
    assert said in found.message
    assert "is closed" in templates.render("closed", SAMPLES["closed"][0]).text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("code.txt", "Welcome!"),
        ("code.html", "<p>Welcome!</p>"),
        ("code.subject", "Your code {{ code }}"),
        ("approval_request.html", '<a href="{{ approve_link }}">Approve</a>'),
    ],
)
def test_a_mail_does_what_it_is_sent_for(tmp_path: Path, file: str, text: str) -> None:
    """Without its code or its links nobody could go on; a code in the subject is seen by others."""
    (found,) = load_templates(own(tmp_path, file, text)).findings
    assert (found.code, found.file) == ("CHAT-124", f"chat/mails/{file}")


def test_what_a_real_mail_found_out_is_known_until_the_file_changes(tmp_path: Path) -> None:
    """Somebody sees it in the console: the mail itself went out with the text that ships."""
    root = own(tmp_path, "closed.html", "<p>{{ 1 // (number | length - 3) }}</p>")
    load_templates(root).render("closed", SAMPLES["closed"][0] | {"number": "123"})
    found = catalogue.mail(root, "closed")
    assert found is not None
    assert found.state == "broken"
    assert [(each.code, each.line) for each in found.problems] == [("CHAT-122", 1)]
    own(tmp_path, "closed.html", "<p>Done: {{ number }}</p>")
    assert [each.state for each in catalogue.mails(root) if each.own] == ["own"]


def test_every_mail_and_every_value_is_told_in_words() -> None:
    """The page about a mail lists what its templates can say, and nothing else."""
    assert list(catalogue.ABOUT) == list(SAMPLES)
    said = {each.name for name in SAMPLES for each in catalogue.values(name)}
    assert said == set(catalogue.MEANINGS)
    for name in SAMPLES:
        assert len(catalogue.cases(name)) == len(SAMPLES[name])
        lines = "\n".join(each.use.replace("…", "-") for each in catalogue.values(name))
        assert drafted(Path("nowhere"), {f"{name}.txt": lines}).findings == ()
