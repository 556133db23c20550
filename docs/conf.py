"""Sphinx: `make docs`. Pages are Markdown (MyST); their Python examples are run by tests/test_docs.py."""

from __future__ import annotations

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]

project = "activitystream"
author = "The activitystream authors"
project_copyright = f"2026, {author}"
release = version = _project["version"]

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"activitystream {version}"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
