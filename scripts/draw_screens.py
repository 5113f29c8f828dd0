"""Draw the pictures of docs/screens from what the commands really print: `make screens`."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "docs" / "screens"
COLUMNS = 110
# Rich's own frame would load a font from the network; a picture in a repository should not.
FRAME = re.compile(r"@font-face \{.*?\}\s*", flags=re.DOTALL)


def terminal_output(command: list[str]) -> str:
    """Run *command* as on a colour terminal and return what is left on the screen."""
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        env={
            "PATH": str(Path(sys.executable).parent),
            "FORCE_COLOR": "1",
            "TTY_INTERACTIVE": "0",  # No live redrawing: the finished lines only.
            "COLUMNS": str(COLUMNS),
            "HOME": tempfile.gettempdir(),
        },
    )
    return ran.stdout


def draw(name: str, shown_as: str, command: list[str], home: str) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "bold green"), shown_as))
    output = terminal_output([*command, "--home", home])
    # The reader's paths, not those of the machine that drew the picture.
    output = output.replace(home, "demo-home").replace(f"{ROOT}/", "")
    console.print(Text.from_ansi(output))
    svg = console.export_svg(title="Switchboard", unique_id=name)
    (SCREENS / f"{name}.svg").write_text(FRAME.sub("", svg) + "\n")


def photograph(name: str, page: Path, window: str, *, dark: bool) -> None:
    """Take a picture of a page as a browser shows it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write(f"No Chromium here: {name}.png stays as it is.\n")
        return
    subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--window-size={window}", f"--screenshot={SCREENS / name}.png"),
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )


def main() -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    switchboard = str(Path(sys.executable).with_name("switchboard"))
    with tempfile.TemporaryDirectory() as home:
        draw("demo", "make demo", [switchboard, "demo", "--once"], home)
        (report,) = Path(home).glob("reports/*/*.html")
        photograph("report-light", report, "1180,1180", dark=False)
        photograph("report-phone-dark", report, "500,900", dark=True)


if __name__ == "__main__":
    main()
