"""Build the documentation: `make docs`, then open build/docs/index.html."""

import hashlib
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from switchboard import __version__

project = "Switchboard"
author = "Switchboard"
release = version = __version__
extensions = ["myst_parser", "sphinx_copybutton"]
myst_fence_as_directive = ["mermaid"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # Pages that include others begin at their own level.

html_theme = "furo"
html_title = "Switchboard"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e6e", "color-brand-content": "#0b6e6e"},
    "dark_css_variables": {"color-brand-primary": "#5fd0c5", "color-brand-content": "#5fd0c5"},
}
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

# Outside addresses are not followed: building needs no network. Links inside are all checked.
linkcheck_ignore = [r"https?://.*"]


class Mermaid(Directive):
    """Show the picture `make diagrams` drew of a Mermaid block; pages load no script."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        source = "\n".join(self.content).strip()
        name = f"diagrams/{hashlib.sha256(source.encode()).hexdigest()[:16]}.svg"
        if not (Path(__file__).parent / name).is_file():
            raise self.error("This block has no picture yet: run `make diagrams`.")
        title = source.partition("\n")[0]
        return [nodes.image(uri=f"/{name}", alt=f"Diagram ({title})", classes=["diagram"])]


def setup(app: Sphinx) -> None:
    app.add_directive("mermaid", Mermaid)
