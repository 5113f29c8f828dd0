"""Draw the pictures of docs/screens from what the commands really print: `make screens`."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from draw_console import photograph_console
from playwright.async_api import async_playwright
from rich.console import Console
from rich.text import Text

from switchboard.cli.demo_chats import service_running
from switchboard.config.load import load
from switchboard.simulators.salesiq.visitors.cast import cast
from switchboard.simulators.salesiq.visitors.play import play
from switchboard.simulators.scenario import write_config
from switchboard.simulators.server import SimulatorServer

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "docs" / "screens"
COLUMNS = 110
# As the page itself remembers a chat.
REMEMBER = "id => localStorage.setItem('switchboard.simulated.chats', JSON.stringify([{id}]))"
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


async def confirmed(simulators: SimulatorServer, address: str) -> str:
    """Return the page of the mail with the ticket's number, as soon as it was delivered."""
    while True:
        for each in simulators.world.mail.messages:
            message = each.message()
            body = message.get_body(("html",))
            if address in each.recipients and "request" in str(message["subject"]) and body:
                return str(body.get_content())
        await asyncio.sleep(0.2)


async def photograph_chat(home: Path) -> None:
    """Let a visitor chat with the running service; photograph the page and the mail."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("No Chromium here: the pictures of chats stay as they are.\n")
        return
    (visitor,) = [each for each in cast() if each.topic == "Password reset"]
    with SimulatorServer(seed=1, scenario="empty", calls=0, speed=60) as simulators:
        write_config(simulators.world, simulators.base_url, home, speed=60)
        async with service_running(load(home), simulators, say=lambda _line: None):
            (visit,) = await play(simulators.base_url, [visitor])
            confirmation = await confirmed(simulators, visitor.email)
        page = f"{simulators.base_url}/chat"
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=browser, args=["--no-sandbox"]
            )
            for name, width, height, dark in (
                ("chat-light", 1180, 900, False),
                ("chat-phone-dark", 390, 844, True),
            ):
                context = await chromium.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if dark else "light",
                )
                shown = await context.new_page()
                await shown.goto(page)
                await shown.evaluate(REMEMBER, visit.conversation)
                await shown.reload()
                await shown.get_by_text("Ticket Number").first.scroll_into_view_if_needed()
                await shown.screenshot(path=SCREENS / f"{name}.png")
            await chromium.close()
        letter = home / "mail.html"
        letter.write_text(confirmation, "utf-8")
        photograph("mail-ticket", letter, "700,880", dark=False)


def main() -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    switchboard = str(Path(sys.executable).with_name("switchboard"))
    with tempfile.TemporaryDirectory() as home:
        draw("demo", "make demo", [switchboard, "demo", "--once"], home)
        (report,) = Path(home).glob("reports/*/*.html")
        photograph("report-light", report, "1180,1180", dark=False)
        photograph("report-phone-dark", report, "500,900", dark=True)
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(photograph_chat(Path(home)))
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(photograph_console(Path(home), SCREENS))


if __name__ == "__main__":
    main()
