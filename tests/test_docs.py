"""The examples in README.md, docs/*.md and docs/guide/*.md run. What an author of a page must know:

- Every ```` ```python ```` block of a page runs, in order, in one namespace and one transaction. What a block
  publishes is fanned out at its end, as after a commit.
- The code runs as if in the app `tests.app`: `from .models import Photo` works. Where a page needs people
  or rows before its first visible line, put a block in a comment, which is run and not shown:

      <!-- set-up
      ```python
      alice = User.objects.create(username="alice")
      ```
      -->

- What a page registers is taken out again at its end, and what it took out (`unregister`) is put back. Feeds
  that it declares are forgotten.
- `assert` what an example claims, in the example if it helps the reader, else in such a comment.
- ```` ```html+django ```` blocks are compiled as templates, with the app's tags loaded.
- A block that cannot run has the reason on the line above it: `<!-- not run: it needs a worker -->`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.template import engines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

HERE = Path(__file__).parent.parent
PAGES = [
    HERE / "README.md",
    *sorted((HERE / "docs").glob("*.md")),
    *sorted((HERE / "docs/guide").glob("*.md")),
]
FENCE = re.compile(r"^( *)```(python|html\+django)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: .+ -->\s*\Z")


class Block(NamedTuple):
    """One example: its language, its text, and the number of the line above its first."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """The examples of a page that are to be run, in order."""
    for match in FENCE.finditer(page):
        if NOT_RUN.search(page[: match.start()]):
            continue
        indent, language, text = match.groups()
        text = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
        yield Block(language, text, page[: match.start(3)].count("\n"))


def run(block: Block, page: Path, namespace: dict[str, Any]) -> None:
    """Run one block. Line numbers in a traceback are those of the page."""
    if block.language == "python":
        exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)
    else:
        load = "" if block.text.startswith("{% extends") else "{% load activitystream %}"
        engines["django"].from_string(load + block.text)


@pytest.mark.django_db
@pytest.mark.usefixtures("isolated_registry", "isolated_feeds")
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=str(page.relative_to(HERE))) for page in PAGES if page.exists()]
)
def test_examples(
    page: Path, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    namespace: dict[str, Any] = {"__name__": "tests.app.documentation", "__package__": "tests.app"}
    for block in blocks(page.read_text()):
        with django_capture_on_commit_callbacks(execute=True):
            run(block, page, namespace)


def test_blocks_are_found() -> None:
    first, second = "```python\na = 1\n```\n", "<!-- set-up\n```python\nc\n```\n-->\n"
    page = f"# A\n{first}<!-- not run: x -->\n```python\nb\n```\n{second}"
    assert list(blocks(page)) == [Block("python", "a = 1\n", 2), Block("python", "c\n", 10)]


def test_a_wrong_example_fails_at_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\nx = 1\nassert x == 2\n```\n")
    (block,) = blocks(page.read_text())
    with pytest.raises(AssertionError) as raised:
        run(block, page, {})
    assert (raised.traceback[-1].path, raised.traceback[-1].lineno + 1) == (page, 5)
