"""queries.sql and its reader."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import dockschedd.store
from dockschedd.store import queries
from tests.store import direct
from tests.store.conftest import opened

PACKAGE = Path(dockschedd.store.__file__).parent
METHODS = {"fetch", "change", "change_each"}


def used() -> set[str]:
    """The names of queries in the code of the repositories, known or not."""
    found = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr=method), args=[ast.Constant(value=name), *_]
                ):
                    if method in METHODS:
                        found.add(name)
                case ast.Constant(value=str(name)) if name in queries.QUERIES:
                    found.add(name)
    return found


def test_every_query_is_used_and_every_used_one_exists():
    """The file and the repositories speak of the same queries."""
    assert set(queries.QUERIES) == used()


async def test_every_query_is_understood_by_sqlite(sqlite_url):
    """Each can be prepared: its tables and columns are known."""
    await (await opened(sqlite_url)).close()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite://"))) as connection:
        for query in queries.QUERIES.values():
            values = dict.fromkeys(query.parameters, 1)
            assert connection.execute(f"EXPLAIN {query.named}", values).fetchall(), query.name


@pytest.mark.postgres
async def test_every_query_is_understood_by_postgresql(postgresql_url):
    """Each can be prepared: its tables, columns and the types of its parameters are known."""
    import asyncpg

    await (await opened(postgresql_url)).close()
    connection = await asyncpg.connect(postgresql_url)
    try:
        for query in queries.QUERIES.values():
            statement = await connection.prepare(query.numbered)
            types = {parameter.name for parameter in statement.get_parameters()}
            assert types <= {"text", "int4", "int8"}, query.name
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("due_schedules", "schedules_due"),
        ("schedules_with_calendar", "schedules_with_calendars"),
        ("schedules_by_calendars", "schedules_with_calendars"),
        ("next_schedule", "schedules_due"),
        ("upcoming_schedules", "schedules_due"),
        ("planned_runs", "runs_planned"),
        ("planned_runs", "runs_planned_on_stack"),
        ("waiting_runs", "runs_planned"),
        ("next_planned_run", "runs_planned"),
        ("due_schedules_after", "schedules_due"),
        ("last_word", "runs_by_stack"),
        ("running_runs", "runs_one_per_stack"),
        ("open_runs", "runs_one_per_stack"),
        ("open_runs", "runs_planned"),
        ("claim_run", "runs_one_per_stack"),
        ("latest_run", "runs_started"),
        ("run_samples_of_stack", "runs_started"),
        ("last_success_by", "runs_started"),
        ("runs_of_stack_by", "runs_by_stack"),
        ("later_run", "runs_by_stack"),
        ("runs_by_key", "runs_by_key"),
        ("page_runs_of_schedule", "runs_by_schedule"),
        ("troubled_runs", "runs_troubled"),
    ],
)
async def test_a_frequent_question_has_its_index(sqlite_url, name, index):
    """What is asked all the time is answered without reading whole tables."""
    await (await opened(sqlite_url)).close()
    query = queries.QUERIES[name].named
    for parameter in queries.QUERIES[name].parameters:
        query = query.replace(f":{parameter}", "'1'")

    plan = [row[3] for row in await direct.execute(sqlite_url, f"EXPLAIN QUERY PLAN {query}")]

    assert any(f"INDEX {index} " in f"{line} " for line in plan), plan
    # A SCAN is in order only of an index that holds nothing but what is asked for.
    assert all(line.startswith("SCAN") <= ("INDEX" in line) for line in plan), plan


@pytest.mark.parametrize(
    "name", ["due_schedules", "due_schedules_after", "next_schedule", "upcoming_schedules",
             "page_schedules", "troubled_runs"]
)  # fmt: skip
async def test_a_page_is_read_in_its_order(sqlite_url, name):
    """Nothing is sorted: a page costs what is on it, however many have the same instant."""
    await (await opened(sqlite_url)).close()
    query = queries.QUERIES[name].named
    for parameter in queries.QUERIES[name].parameters:
        query = query.replace(f":{parameter}", "'1'")

    plan = [row[3] for row in await direct.execute(sqlite_url, f"EXPLAIN QUERY PLAN {query}")]

    assert [line for line in plan if "TEMP B-TREE" in line] == []


@pytest.mark.parametrize(
    ("sql", "numbered", "parameters"),
    [
        ("SELECT :a", "SELECT $1", ("a",)),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT x::text, :a::text", "SELECT x::text, $1::text", ("a",)),
        ("SELECT ':a', :b", "SELECT ':a', $1", ("b",)),
        ("SELECT 'it''s :a', :b", "SELECT 'it''s :a', $1", ("b",)),
        ('SELECT ":a", :b', 'SELECT ":a", $1', ("b",)),
        ("SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, $1", ("b",)),
        ("SELECT 1 /* :a\n */, :b", "SELECT 1 /* :a\n */, $1", ("b",)),
        ("SELECT 1", "SELECT 1", ()),
    ],
)
def test_parameters_are_numbered_where_they_are_parameters(sql, numbered, parameters):
    """Strings, quoted names, comments and casts are left alone; a name has one number."""
    assert (numbered, parameters) == queries.number(sql)


def test_a_file_of_queries_is_read():
    """Comments are left out, the final semicolon too, and arguments follow the numbers."""
    found = queries.parse(
        "-- a file\n\n-- name: one\n-- why\nSELECT :b\n  + :a;\n\n-- name: two\nSELECT 1;\n"
    )

    assert list(found) == ["one", "two"]
    assert found["one"].named == "SELECT :b\n  + :a"
    assert found["one"].arguments({"a": 1, "b": 2, "c": 3}) == (2, 1)


def test_a_name_is_given_once():
    """Two queries of one name are an error."""
    with pytest.raises(ValueError, match="two queries `one`"):
        queries.parse("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
