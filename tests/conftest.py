"""What every test gets: an empty cache server, a way to skip without one, and its place in a parallel run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection

from tests.fixtures import (  # noqa: F401
    ana,
    any_kind,
    any_store,
    ben,
    configure,
    people,
    photo,
    private_rows,
    registering,
    round_trips,
    stale_type,
    store,
    transactional_db,
)
from tests.settings import KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SLOW = {"browser", "example", "faults", "oracle", "tasks", "tenants"}
"""Folders whose tests are all slow: they start processes, or run long histories."""
TOGETHER = {"example", "faults", "tasks", "tenants", "streams/test_private_server.py", "rest/test_speed.py"}
"""Folders and modules that measure time or kill processes: one worker runs them all, one after another."""
SPREAD = {"oracle"}
"""Folders whose tests take long and share nothing: any worker may run any of them."""
FIRST = ("together", "openapi", "oracle", "live")
"""What takes longest begins first, in this order: else one worker would run it alone at the end. The rest
follows by the number of its tests."""
STORES = {"any_store", "each_store", "redis_store", "store"}
"""Parameters that repeat a test for each store; `--quick` takes the first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out slow tests, and use one store")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, and choose what `--quick` runs."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in SLOW:
            item.add_marker("slow")
    if config.getoption("quick"):
        left_out = [item for item in items if item.get_closest_marker("slow") or _is_repeated(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes `-n auto` starts: three for two cores, because tests wait for servers."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tell pytest-xdist what one process runs: a module, a test of SPREAD, or all of TOGETHER."""
    from xdist.scheduler import LoadScopeScheduling

    class ByProcess(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            where = nodeid.split("::")[0].removeprefix("tests/")
            if {where, where.split("/")[0]} & TOGETHER:
                return "together"
            return nodeid if where.split("/")[0] in SPREAD else where

        def _assign_work_unit(self, node: Any) -> None:
            self.workqueue.move_to_end(min(self.workqueue, key=_rank), last=False)
            super()._assign_work_unit(node)

    return ByProcess(config, log)


def _rank(scope: str) -> int:
    """Return the place in FIRST of what one worker runs; the rest has the place after them."""
    name = scope.removeprefix("tests/").split("/")[0]
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _is_repeated(item: pytest.Item) -> bool:
    """Return True if the test runs with another store than the first."""
    call = getattr(item, "callspec", None)
    return call is not None and any(call.indices.get(name, 0) for name in STORES)


pytest_plugins = ["activitystream.testing.plugin", "tests.kit"]


@pytest.fixture(autouse=True)
def _no_keys_left() -> Iterator[None]:
    """Delete the keys of this process's tests after each of them; on a real server, nobody else's."""
    yield
    cache.delete_pattern("throttle_*")
    client = get_redis_connection("default")
    if keys := list(client.scan_iter(match=f"{KEY_PREFIX}:*", count=1000)):
        client.delete(*keys)


@pytest.fixture(scope="session")
def missing_server() -> Callable[[str], NoReturn]:
    """Skip, saying what is missing; fail where `ACTIVITYSTREAM_REQUIRE_SERVERS` says it must be there."""

    def missing(what: str) -> NoReturn:
        if os.environ.get("ACTIVITYSTREAM_REQUIRE_SERVERS"):
            pytest.fail(f"{what} (ACTIVITYSTREAM_REQUIRE_SERVERS is set)", pytrace=False)
        pytest.skip(what)

    return missing
