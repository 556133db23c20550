"""How the database answers a query: the plan, read from SQLite, PostgreSQL or MariaDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from activitystream.models import Activity, DeletedObject, Follow, JournalEntry

TABLES = tuple(model._meta.db_table for model in (Activity, Follow, DeletedObject, JournalEntry))


@dataclass(frozen=True)
class Plan:
    """What one query costs."""

    sql: str
    text: str
    scans: tuple[str, ...]
    """Our tables that are read from one end to the other."""
    rows: int | None
    """Rows of our tables that were looked at; None: this database does not tell."""


def plans(action: Callable[[], Any]) -> list[Plan]:
    """The plans of all queries that this makes on our tables."""
    with CaptureQueriesContext(connection) as captured:
        action()
    statements = [query["sql"] for query in captured.captured_queries]
    explain = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mariadb}[connection.vendor]
    kinds = ("SELECT", "DELETE", "UPDATE")
    return [
        explain(sql)
        for sql in statements
        if sql.lstrip("(").startswith(kinds)
        and any(table in sql for table in TABLES)
        and "EXPLAIN" not in sql
    ]


def _rows(sql: str) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%") if connection.vendor == "sqlite" else sql)
        found = cursor.fetchall()
        transaction.set_rollback(True)
    return list(found)


def _sqlite(sql: str) -> Plan:
    lines = [row[3] for row in _rows(f"EXPLAIN QUERY PLAN {sql}")]
    # "SCAN U0" names the alias: ours are all that is read from tables
    scans = [line for line in lines if line.startswith("SCAN") and "SUBQUERY" not in line and "(" not in line]
    return Plan(sql, "\n".join(lines), tuple(scans), None)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _postgresql(sql: str) -> Plan:
    (answer,) = _rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
    plan = answer[0] if not isinstance(answer[0], str) else json.loads(answer[0])
    reads = [
        node for node in _nodes(plan) if node.get("Relation Name") in TABLES and "Scan" in node["Node Type"]
    ]
    scans = [
        f"{node['Node Type']} on {node['Relation Name']}" for node in reads if node["Node Type"] == "Seq Scan"
    ]
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = sum(
        (node["Actual Rows"] + sum(node.get(r, 0) for r in removed)) * node["Actual Loops"] for node in reads
    )
    return Plan(sql, json.dumps(plan, indent=1), tuple(scans), int(rows))


def _mariadb(sql: str) -> Plan:
    (answer,) = _rows(f"ANALYZE FORMAT=JSON {sql}")
    plan = json.loads(answer[0])
    reads = [
        node
        for node in _nodes(plan)
        if "access_type" in node and not node["table_name"].startswith(("auth_user", "<union"))
    ]
    scans = [
        f"{n['access_type']} on {n['table_name']}" for n in reads if n["access_type"] in ("ALL", "index")
    ]
    rows = sum((node.get("r_rows") or 0) * (node.get("r_loops") or 0) for node in reads)
    return Plan(sql, json.dumps(plan, indent=1), tuple(scans), int(rows))
