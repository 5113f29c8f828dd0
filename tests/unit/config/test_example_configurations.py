"""The directories of configs/ can be used as they stand, and hold nothing real."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from switchboard.config.load import inspect

CONFIGS = Path(__file__).parents[3] / "configs"
EXAMPLES = sorted(path for path in CONFIGS.iterdir() if path.is_dir())


def documents(example: Path) -> dict[str, str]:
    return {
        str(path.relative_to(example)): path.read_text("utf-8")
        for path in [*example.glob("data/*.json"), *example.glob("sorted/*/*.json")]
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.name))
def test_an_example_passes_the_check(example: Path) -> None:
    configuration, findings = inspect(example)
    # That no credentials are there yet is as it should be.
    assert [str(each) for each in findings if each.code != "CFG-025"] == []
    assert configuration is not None
    assert configuration.schedule.runs


def test_there_is_one_for_each_way_of_working() -> None:
    assert [path.name for path in EXAMPLES] == ["development", "production", "single-company"]
    several = {path.name: (path / "sorted/data/offices.json").exists() for path in EXAMPLES}
    assert several == {"development": True, "production": True, "single-company": False}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.name))
def test_no_address_or_number_is_anybody_s(example: Path) -> None:
    """Addresses are of example.com, numbers of the range kept for fiction."""
    for name, text in documents(example).items():
        for address in re.findall(r"[\w.+-]+@([\w.-]+)", text):
            assert address.endswith(("example.com", "example.org", ".example")), name
        for number in re.findall(r"\+1\d{10}", text):
            assert number[5:8] == "555", f"{name}: {number}"


def test_development_reaches_no_vendor_but_the_sandbox() -> None:
    text = (CONFIGS / "development/data/settings.json").read_text("utf-8")
    urls = [url for key, url in json.loads(text)["vendors"].items() if key.endswith("_url")]
    assert len(urls) == 3
    assert all(url.startswith("http://127.0.0.1:8900/") for url in urls)


@pytest.mark.parametrize("name", ["production", "single-company"])
def test_the_others_reach_the_vendors_themselves(name: str) -> None:
    configuration, _ = inspect(CONFIGS / name)
    assert configuration is not None
    assert configuration.settings.vendors.ringcentral_base_url.startswith("https://")
