"""`make` on machines with all sorts of Pythons: scripts/find-python takes one that works or says one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIND_PYTHON = Path(__file__).parents[2] / "scripts" / "find-python"


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def find(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", FIND_PYTHON],
        env={"PATH": str(path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


# A shim of a version manager that has not chosen this version.
SHIM = "echo 'pyenv: command not found' >&2; exit 127"
GOOD = f'exec "{sys.executable}" "$@"'
OLD = "exit 1"  # what the version test ends with
# Reports a version and itself, and has no ensurepip, as Debian's python3.12 without python3.12-venv.
NO_VENV = 'case "$2" in *version_info*) echo "$0 3 12";; *) exit 1;; esac'


def test_no_python() -> None:
    found = find(Path("/nonexistent"))
    assert found.returncode == 1
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    assert line.startswith("needs Python 3.11 or newer: install python3.11 and python3.11-venv ")


def test_too_old(tmp_path: Path) -> None:
    program(tmp_path, "python3", OLD)
    assert "needs Python 3.11 or newer" in find(tmp_path).stderr


def test_shims_and_a_name_with_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    program(folder, "python3.13", SHIM)
    program(folder, "python3.12", SHIM)
    program(folder, "python3", 'case "$2" in *version_info*) echo "$0 3 14";; esac')
    found = find(folder)
    assert (found.stdout, found.stderr) == (f"{folder}/python3\n", "")


def test_no_venv_module(tmp_path: Path) -> None:
    program(tmp_path, "python3.12", NO_VENV)
    found = find(tmp_path)
    assert found.returncode == 1
    assert found.stderr == "Python 3.12 has no venv module: install python3.12-venv (Debian/Ubuntu)\n"


def test_a_later_one_has_the_venv_module(tmp_path: Path) -> None:
    program(tmp_path, "python3.12", NO_VENV)
    program(tmp_path, "python3.11", GOOD)
    assert Path(find(tmp_path).stdout.strip()).resolve() == Path(sys.executable).resolve()


def test_the_chosen_one_goes_first(tmp_path: Path) -> None:
    program(tmp_path, "python3.13", 'case "$2" in *version_info*) echo "$0 3 13";; esac')
    program(tmp_path, "mine", 'case "$2" in *version_info*) echo "$0 3 11";; esac')
    assert find(tmp_path, PYTHON=str(tmp_path / "mine")).stdout == f"{tmp_path}/mine\n"
