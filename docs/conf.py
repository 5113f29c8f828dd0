"""Build the documentation: `make docs`, then open build/docs/index.html."""

from switchboard import __version__

project = "Switchboard"
author = "Switchboard"
release = version = __version__
extensions = ["myst_parser", "sphinx_copybutton"]
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
