"""The tests on the built wheel, for each supported Python that is on the machine: `make test-all`.

The first session takes the oldest release of every dependency that pyproject.toml admits, the others the
newest. Together with `make test`, each Python, each Django and each database runs the whole suite once.
Sessions whose interpreter is missing are skipped, and named in the closing list. A session whose database
server is missing runs on SQLite, and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import nox

HERE = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")
SUITE = ["tests", "docs", "example_project", "scripts", "pyproject.toml", "README.md"]

nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.stop_on_first_error = False


def interpreter(version: str) -> Path | None:
    """A Python of this version that runs: on the PATH, or one of pyenv's that its settings do not choose."""
    candidates = [Path(found)] if (found := shutil.which(f"python{version}")) else []
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
        candidates += sorted(Path(root, "versions").glob(f"{version}.*/bin/python{version}"))
    for candidate in candidates:
        ran = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if ran.returncode == 0:
            return candidate
    return None


def oldest() -> list[str]:
    """The run-time dependencies with `>=` read as `==`."""
    return [re.sub(">=", "==", requirement) for requirement in PROJECT["project"]["dependencies"]]


def copy_suite(folder: Path) -> Path:
    """What the tests need besides the wheel, in this folder."""
    shutil.rmtree(folder, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__", "_build", "var")
    for name in SUITE:
        if (source := HERE / name).is_dir():
            shutil.copytree(source, folder / name, ignore=leave)
        else:
            shutil.copy(source, folder / name)
    return folder


def database(wanted: str) -> str:
    """Return the database that this session wants, or SQLite where its server is not there."""
    port = {"postgres": 5432, "mariadb": 3306}[wanted]
    host = os.environ.get("ACTIVITYSTREAM_TEST_DB_HOST", "127.0.0.1")
    try:
        socket.create_connection((host, int(os.environ.get("ACTIVITYSTREAM_TEST_DB_PORT", port))), 1).close()
    except OSError:
        if os.environ.get("ACTIVITYSTREAM_REQUIRE_SERVERS"):
            raise SystemExit(f"{wanted} does not answer on {host}: start it") from None
        return "sqlite"
    return wanted


def run_suite(
    session: nox.Session, *dependencies: str, on: str = "sqlite", groups: Sequence[str] = ()
) -> None:
    """Install the wheel, copy the tests away from the source tree, and run them there."""
    session.log(f"Database: {on}")
    groups = ["test", *groups, *([] if on == "sqlite" else [on])]
    folder = copy_suite(Path(session.create_tmp()) / "suite")
    session.run("pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(folder), ".")
    (wheel,) = folder.glob("*.whl")
    session.install(str(wheel), *dependencies, *nox.project.dependency_groups(PROJECT, *groups))
    server = nox.project.dependency_groups(PROJECT, "server")  # not every machine has a wheel of it
    session.run("pip", "install", "-qq", "--only-binary", ":all:", *server, success_codes=[0, 1])
    session.chdir(folder)
    session.run(
        "python", "-c", "import activitystream as a; assert 'site-packages' in a.__file__, a.__path__"
    )
    env = {
        "ACTIVITYSTREAM_TEST_DB": on,
        "ACTIVITYSTREAM_REQUIRE_MODELS": "1" if "as2-models" in groups else "",
    }
    session.run("python", "-m", "pytest", "-rs", "-n", "auto", *session.posargs, env=env)


# The directories of the interpreters found go first: a shim that does not run would hide them.
for _version in ("3.11", "3.12", "3.13"):
    if _found := interpreter(_version):
        os.environ["PATH"] = f"{_found.parent}{os.pathsep}{os.environ['PATH']}"


@nox.session(python="3.11", name="oldest")
def django_52(session: nox.Session) -> None:
    """Django 5.2 and the oldest release of everything else, on SQLite; models check AS2 documents, too."""
    run_suite(session, *oldest(), groups=["as2-models"])


@nox.session(python="3.12", name="django-6.0")
def django_60(session: nox.Session) -> None:
    """Django 6.0, and the newest release of everything else, on PostgreSQL."""
    run_suite(session, "django==6.0.*", on=database("postgres"))


@nox.session(python="3.13", name="django-6.1")
def django_61(session: nox.Session) -> None:
    """Django 6.1, and the newest release of everything else, on MariaDB."""
    run_suite(session, "django==6.1.*", on=database("mariadb"))
