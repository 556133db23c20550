"""Build the sdist, and the wheel from it, and check that what a site needs is in them and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).parent.parent
PACKAGE = "activitystream"
REQUIRED = [
    "*/__init__.py",
    "*.lua",
    "*/templates/*.html",
    "*/static/*.css",
    "*/static/*.js",
    "*/locale/*.mo",
    "*/py.typed",
    "*/licenses/LICENSE",
    "*/migrations/0001_*.py",
]
IN_SDIST = ["LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "tests/settings.py", "docs/index.md"]


def wheel_errors(names: set[str]) -> list[str]:
    """What is missing from the wheel, and what should not be in it."""
    tree = {
        str(path.relative_to(HERE))
        for path in (HERE / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in names if ".dist-info/" not in name}
    errors = [f"wheel: not in it: {name}" for name in sorted(tree - packed)]
    errors += [f"wheel: does not belong in it: {name}" for name in sorted(packed - tree)]
    errors += [f"wheel: nothing like {glob}" for glob in REQUIRED if not any(fnmatch(n, glob) for n in names)]
    return errors


def main() -> int:
    """Build, look, and say what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--outdir", folder, str(HERE)]
        built = subprocess.run(command, check=False, capture_output=True, text=True)
        if built.returncode:
            print(built.stdout[-2000:], built.stderr[-4000:], sep="\n")
            return 1
        (wheel,) = Path(folder).glob("*.whl")
        (sdist,) = Path(folder).glob("*.tar.gz")
        errors = wheel_errors(set(zipfile.ZipFile(wheel).namelist()))
        with tarfile.open(sdist) as archive:
            packed = {name.partition("/")[2] for name in archive.getnames()}
        errors += [f"sdist: not in it: {name}" for name in IN_SDIST if name not in packed]
        print(*errors or [f"{wheel.name}, {sdist.name}: contents are right"], sep="\n")
    return len(errors) > 0


if __name__ == "__main__":
    sys.exit(main())
