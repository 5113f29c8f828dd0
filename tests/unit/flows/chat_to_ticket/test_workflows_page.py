"""docs/workflows.md tells the truth: its samples are sound, its lists complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from switchboard.flows.chat_to_ticket.conditions import read_condition
from switchboard.flows.chat_to_ticket.library import SHIPPED, load_library
from switchboard.flows.chat_to_ticket.lint import read
from switchboard.flows.chat_to_ticket.reading import shared_questions
from switchboard.flows.chat_to_ticket.rewording import read_wording
from switchboard.flows.chat_to_ticket.workflow import (
    Approval,
    Guidance,
    Option,
    Question,
    TicketTemplate,
    Workflow,
)

PAGE = (Path(__file__).parents[4] / "docs" / "workflows.md").read_text("utf-8")


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_the_whole_document_of_the_page_is_sound() -> None:
    """Copied as it stands it works, without a warning."""
    sample = re.findall(r"```yaml\n(id: .*?)```", PAGE, flags=re.DOTALL)
    assert len(sample) == 1
    shared = shared_questions(load((SHIPPED / "shared.yaml").read_text("utf-8")))
    workflow, findings = read(load(sample[0]), "headset.yaml", shared)
    assert findings == []
    assert workflow is not None


def test_the_sentences_of_the_page_can_be_copied() -> None:
    """Keys and placeholders of the sample are those of the wording."""
    sample = re.findall(r"```yaml\n(hello: .*?)```", PAGE, flags=re.DOTALL)
    wording, findings = read_wording(load(sample[0]), "wording.yaml")
    assert findings == []
    assert wording.person == "Ask a colleague"


def test_the_approval_of_the_page_is_the_shipped_one() -> None:
    """The sample's keys are read."""
    sample = re.findall(r"```yaml\n(approval:.*?)```", PAGE, flags=re.DOTALL)
    assert Approval.model_validate(load(sample[0])["approval"]).name == "poc_name"


@pytest.mark.parametrize("model", [Workflow, Question, Guidance, Option, TicketTemplate, Approval])
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    """Whoever writes a workflow finds each key on the page."""
    keys = {info.alias or name for name, info in model.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in PAGE and f"`- {key}:" not in PAGE} == set()


def test_the_conditions_of_the_page_are_understood() -> None:
    """Each of the forms shown can be copied."""
    block = re.findall(r"### Conditions\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    forms = [each for line in block.splitlines() for each in re.split(r" {2,}", line.strip())]
    assert len(forms) >= 8
    for form in forms:
        assert read_condition(form).clauses


def test_the_table_lists_what_ships() -> None:
    """Id, priority and whether a code is asked for."""
    rows = re.findall(r"^\| `(\w+)` \| (High|Medium|Low) \|.*?\| (yes|) ?\|$", PAGE, re.MULTILINE)
    shipped = [
        (row.id, row.priority, "yes" if row.verification != "none" else "")
        for row in load_library().workflows.values()
    ]
    assert rows == shipped


def test_the_shared_questions_are_named() -> None:
    """`use` takes those, and the page lists them."""
    shared = shared_questions(load((SHIPPED / "shared.yaml").read_text("utf-8")))
    listed = re.search(r"from `shared.yaml` \(([^)]*)\)", PAGE)
    assert listed is not None
    assert set(re.split(r",\s+", listed[1])) == set(shared)
