"""The texts of the app and their translations: `make messages` after texts were added or translated.

It puts new texts into `activitystream/locale/*/LC_MESSAGES/django.po`, takes out those that are gone, and
compiles them (django.mo), without the GNU tools. Then translate what is empty, and run it again. It needs
babel.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import activitystream

PACKAGE = Path(activitystream.__file__).parent  # in the tests of a wheel: what is installed
LOCALE = PACKAGE / "locale"
LANGUAGES = ["de", "es", "fr"]
ONE = {"_", "_lazy", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
SAME = {"_s"}
"""One text for both forms: templatetags/_sentences.py."""
IN_TEMPLATE = re.compile(r"""\{%\s*translate\s+(["'])(.*?)\1""")
BLOCK = re.compile(r"\{%\s*blocktranslate\b.*?%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)

Message = str | tuple[str, str]


def in_python(source: str) -> Iterator[Message]:
    """The texts that a module marks."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = [
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
            if node.func.id in ONE and texts:
                yield texts[0]
            elif node.func.id in MANY and len(texts) > 1:
                yield texts[0], texts[1]
            elif node.func.id in SAME and texts:
                yield texts[0], texts[0]


def in_template(source: str) -> Iterator[Message]:
    """The texts that a template marks."""
    for match in IN_TEMPLATE.finditer(source):
        yield match[2]
    for match in BLOCK.finditer(source):
        text = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", match[1])
        one, _, many = text.partition("{% plural %}")
        yield (one, many) if many else one


def extract() -> dict[str, Message]:
    """All texts of the app by their id."""
    found: dict[str, Message] = {}
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]):
        read = in_python if path.suffix == ".py" else in_template
        for message in read(path.read_text()):
            found[message if isinstance(message, str) else message[0]] = message
    return found


def catalog_of(language: str) -> Catalog:
    """What is translated; an empty catalog if there is none yet."""
    path = po_path(language)
    if path.exists():
        return read_po(io.BytesIO(path.read_bytes()), locale=language)
    return Catalog(locale=language)


def updated(old: Catalog, texts: dict[str, Message]) -> Catalog:
    """A catalog of these texts, translated as far as the old one is."""
    new = Catalog(locale=old.locale, project="activitystream", fuzzy=False, charset="utf-8")
    for id, message in sorted(texts.items()):
        known = old.get(id)
        plural = not isinstance(message, str)
        string = known.string if known is not None and plural == isinstance(known.id, tuple) else None
        flags = ["python-format"] if re.search(r"%\(\w+\)s", id) else []
        new.add(message, string or ("" if not plural else ("",) * new.num_plurals), flags=flags)
    return new


def missing(catalog: Catalog, texts: dict[str, Message]) -> list[str]:
    """The texts without a translation."""
    found = []
    for id in texts:
        message = catalog.get(id)
        string = message.string if message is not None else ""
        if not (all(string) if isinstance(string, (tuple, list)) and string else string):
            found.append(id)
    return found


def compiled(catalog: Catalog) -> bytes:
    """The .mo file: the same for the same texts."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def as_text(catalog: Catalog) -> bytes:
    """The .po file, without what changes with every run."""
    out = io.BytesIO()
    write_po(out, catalog, omit_header=True, width=110, sort_output=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def po_path(language: str) -> Path:
    """Where the translations into a language are."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Update and compile; say what is not translated yet."""
    texts, empty = extract(), 0
    for language in LANGUAGES:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_text(updated(catalog_of(language), texts)))
        catalog = catalog_of(language)
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        for id in missing(catalog, texts):
            print(f"{language}: not translated: {id}")
            empty += 1
    return empty > 0


if __name__ == "__main__":
    sys.exit(main())
