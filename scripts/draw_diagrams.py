"""Draw the Mermaid blocks of docs/ into docs/diagrams/ (`make diagrams`; needs npx and Chromium).

A picture is named after its source, so that a changed block without its picture is found by the
build and by a test. The site shows the pictures; the pages keep the sources.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
DIAGRAMS = DOCS / "diagrams"
TOOL = "@mermaid-js/mermaid-cli@11"
CONFIG = {
    "theme": "neutral",
    "fontFamily": "system-ui, sans-serif",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False},
}
_BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sources() -> dict[str, str]:
    """Return every block by the name of its picture."""
    blocks = [
        block for page in sorted(DOCS.rglob("*.md")) for block in _BLOCK.findall(page.read_text())
    ]
    return {f"{digest(block)}.svg": block for block in blocks}


def digest(block: str) -> str:
    return hashlib.sha256(block.strip().encode()).hexdigest()[:16]


def main() -> int:
    wanted = sources()
    DIAGRAMS.mkdir(exist_ok=True)
    for stale in DIAGRAMS.glob("*.svg"):
        if stale.name not in wanted:
            stale.unlink()
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder:
        config, puppeteer = Path(folder, "config.json"), Path(folder, "puppeteer.json")
        config.write_text(json.dumps(CONFIG))
        puppeteer.write_text(json.dumps({"executablePath": browser, "args": ["--no-sandbox"]}))
        for name, block in wanted.items():
            if (DIAGRAMS / name).exists():
                continue
            source = Path(folder, "block.mmd")
            source.write_text(block)
            command = ["npx", "--yes", "-p", TOOL, "mmdc", "-q", "-i", str(source)]
            command += ["-o", str(DIAGRAMS / name), "-c", str(config), "-p", str(puppeteer)]
            subprocess.run([*command, "-b", "white"], check=True)
            sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
