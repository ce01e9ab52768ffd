"""Attacks on the sandbox: each is refused, stopped or starved, and tells nothing about the machine."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spiegelstad.catalogue.sandbox.process import (
    BadQuery,
    Limits,
    QueryTooHeavy,
    QueryTooSlow,
    ResultTooLarge,
    Session,
    TableFile,
    open_session,
)

secret_table = pa.table({"secret": [42]})  # what a replacement scan of Python's variables would find


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox")
    pq.write_table(pa.table({"a": list(range(2_000)), "s": [f"s{i % 7}" for i in range(2_000)]}), folder / "t.parquet")
    pq.write_table(secret_table, folder / "other.parquet")
    (folder / "secret.csv").write_text("a,b\n1,hunter2\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Session]:
    limits = Limits(seconds=1.0, memory_mb=256, rows=10_000, bytes=4 * 1024 * 1024)
    with open_session({"t": TableFile(folder / "t.parquet", ("a", "s"))}, limits) as session:
        yield session


OUTSIDE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('{folder}/secret.csv')",
    "SELECT * FROM '{folder}/secret.csv'",
    'SELECT * FROM "{folder}/secret.csv"',
    "FROM '{folder}/other.parquet'",
    "SELECT * FROM read_parquet('{folder}/other.parquet')",
    "SELECT * FROM parquet_scan('{folder}/other.parquet')",
    "SELECT * FROM read_parquet('{folder}/t.parquet', filename = true)",
    "SELECT * FROM parquet_metadata('{folder}/t.parquet')",
    "SELECT * FROM parquet_kv_metadata('{folder}/t.parquet')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/shadow')",
    "SELECT * FROM read_json('/etc/hostname')",
    "SELECT * FROM read_ndjson_objects('/etc/hostname')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT read_text('/etc/passwd')",
    "SELECT * FROM 'https://example.org/a.parquet'",
    "SELECT * FROM read_parquet('s3://bucket/a.parquet')",
    "SELECT getenv('HOME')",
    "SELECT current_setting('allowed_paths')",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_views",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.views",
    "SELECT * FROM pg_catalog.pg_views",
    "SELECT * FROM duckdb_external_file_cache()",
    "SELECT * FROM which_secret('a', 'b')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('t')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "SELECT json_serialize_plan('SELECT 1')",
    "SELECT * FROM secret_table",
    "SELECT * FROM secret",
    "SELECT * FROM os",
    "SELECT write_log('x')",
    "SELECT nextval('x')",
    "SELECT sleep_ms(100)",
    "SELECT main.t.a FROM main.t",
    "SELECT * FROM memory.main.t",
    "SELECT * FROM t AT (VERSION => 1)",
    "SELECT a, (SELECT * FROM read_text('/etc/passwd')) FROM t",
    "WITH x AS (SELECT * FROM read_blob('/etc/shadow')) SELECT * FROM x",
    "SELECT 1 UNION ALL SELECT size FROM read_text('/etc/passwd')",
    "SELECT * FROM t JOIN LATERAL (SELECT * FROM glob('*')) ON true",
    "SELECT list_transform([1], lambda x: getvariable('y'))",
    "SELECT * FROM (VALUES (current_setting('home_directory')))",
    "WITH duckdb_views AS (SELECT 1) SELECT * FROM (WITH y AS (SELECT 1) SELECT * FROM duckdb_views)",
    'WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"',
]
STATEMENTS = [
    "COPY t TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/more.csv'",
    "COPY t FROM '/etc/passwd'",
    "ATTACH '{folder}/x.db' AS x",
    "ATTACH ':memory:' AS y",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "PRAGMA enable_external_access",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "SET threads = 64",
    "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO t VALUES (1)",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "DROP VIEW t",
    "CALL pragma_version()",
    "EXPLAIN SELECT * FROM t",
    "EXPLAIN ANALYZE SELECT * FROM t",
    "DESCRIBE t",
    "SHOW TABLES",
    "SUMMARIZE t",
    "SELECT * FROM (DESCRIBE t)",
    "SELECT * FROM (SHOW ALL TABLES)",
    "EXPORT DATABASE '{folder}'",
    "IMPORT DATABASE '{folder}'",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "USE memory",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "WITH x AS (INSERT INTO t VALUES (1, 'x') RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW t",
    "SELECT 1 /* ; */ ; -- \nSET threads = 3",
    "SELECT 1 --\n; ATTACH 'x'",
    "/* SELECT 1 */ COPY t TO 'x'",
    "",
    ";",
    "-- nothing",
    "SELECT * FROM t USING SAMPLE 3",
    "SELECT",
    "SELECT \x00 1",
    "\ud83d",
]
MOMENTS = [
    "SELECT now()",
    "SELECT current_date",
    "SELECT current_timestamp",
    "SELECT today()",
    "SELECT random()",
    "SELECT uuid()",
    "SELECT age(DATE '2020-01-01')",
]


@pytest.mark.parametrize("sql", [*OUTSIDE, *STATEMENTS, *MOMENTS])
def test_sandbox_refuses(sandbox: Session, folder: Path, sql: str) -> None:
    text = sql.format(folder=folder) if "{" in sql else sql
    if "\ud83d" in sql:
        text = "\\ud83d"

    with pytest.raises(BadQuery) as refused:
        sandbox.query(text)

    said = str(refused.value)
    assert "hunter2" not in said and "root:" not in said
    if str(folder) not in text:
        assert str(folder) not in said
    assert sandbox.query("SELECT count(*) AS n FROM t").to_pylist() == [{"n": 2_000}]
    assert sorted(path.name for path in folder.iterdir()) == ["other.parquet", "secret.csv", "t.parquet"]


def test_sandbox_walls_hold_without_the_grammar(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB's own locks are a wall of their own: they are tried with the first wall taken away."""
    from spiegelstad.catalogue.sandbox import worker

    monkeypatch.setattr(worker, "check", lambda tree, tables: None)
    monkeypatch.setattr(worker, "_limit_address_space", lambda extra_mb: None)
    session = worker.Session()
    table = {"path": str(folder / "t.parquet"), "columns": ["a", "s"]}
    session.open({"t": table}, memory_mb=256, threads=1, seconds=1.0)
    attacks = [sql.format(folder=folder) for sql in OUTSIDE if "read_" in sql or "glob" in sql or "scan" in sql]
    attacks += ["SET threads = 8", f"COPY t TO '{folder}/out.csv'", f"ATTACH '{folder}/x.db' AS x", "LOAD httpfs"]
    try:
        for sql in attacks:
            if "t.parquet" in sql:
                continue  # its own file: the grammar alone keeps its name and metadata away
            with pytest.raises(Exception, match=r"."):
                session.query(sql, None, 10, 10_000)
    finally:
        session.close()
    assert not (folder / "out.csv").exists() and not (folder / "x.db").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(1000000000000)",
        "WITH RECURSIVE x AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM x) SELECT count(*) FROM x",
        "SELECT count(*) FROM t a, t b, t c, t d WHERE a.a + b.a > c.a + d.a",
        "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))",
    ],
)
def test_sandbox_stops_what_never_ends(sandbox: Session, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTooSlow):
        sandbox.query(sql)
    assert time.monotonic() - began < 5
    assert sandbox.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list_sum(range(500000000))",
        "SELECT length(repeat('x', 2000000000))",
        "SELECT sum(length(repeat(s, 400000000))) FROM t",
        "SELECT lpad('x', 2000000000, 'y')",
        "SELECT string_agg(a.s || b.s || c.s, '') FROM t a, t b, t c",
        "SELECT bitstring('1', 2000000000)",
    ],
)
def test_sandbox_starves_what_eats_memory(sandbox: Session, sql: str) -> None:
    with pytest.raises((QueryTooHeavy, QueryTooSlow)):
        sandbox.query(sql)
    assert sandbox.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1" + " + 1" * 20_000,
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        "SELECT 1 WHERE " + "NOT " * 20_000 + "true",
        "SELECT " + "[" * 2_000 + "1" + "]" * 2_000,
        "SELECT '" + "x" * 200_000 + "'",
        " UNION ALL ".join(["SELECT 1"] * 5_000),
    ],
)
def test_sandbox_survives_deep_and_long_queries(sandbox: Session, sql: str) -> None:
    with suppress(BadQuery, QueryTooHeavy, QueryTooSlow):
        sandbox.query(sql)
    assert sandbox.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_sandbox_limits_rows_and_bytes(sandbox: Session) -> None:
    with pytest.raises(ResultTooLarge, match="10000 rows"):
        sandbox.query("SELECT * FROM range(20000)")
    with pytest.raises(ResultTooLarge, match="bytes"):
        sandbox.query("SELECT repeat(s, 1000) FROM t, range(4)")


def test_sandbox_error_names_the_table_and_no_path(folder: Path) -> None:
    damaged = folder.parent / "damaged.parquet"
    damaged.write_bytes((folder / "t.parquet").read_bytes()[:-20])
    gone = TableFile(folder.parent / "gone.parquet", ("a",))
    for file in (gone, TableFile(damaged, ("a",))):
        with open_session({"counts": file}, Limits()) as session, pytest.raises(Exception, match="counts") as failed:
            session.query("SELECT * FROM counts")
        assert str(folder.parent) not in str(failed.value) and ".parquet" not in str(failed.value)


def test_sandbox_tells_nothing_of_the_environment(sandbox: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = sandbox._opened().process_id
    environment = Path(f"/proc/{worker}/environ").read_text(encoding="utf-8")
    assert "SPIEGELSTAD" not in environment and "DATABASE" not in environment
    assert {part.split("=")[0] for part in environment.strip("\0").split("\0")} <= {
        "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "LC_CTYPE",
    }  # fmt: skip


def test_sandbox_answers_are_the_same_every_time(sandbox: Session) -> None:
    sql = "SELECT s, sum(sqrt(a)) AS v FROM t GROUP BY s ORDER BY s"
    assert len({str(sandbox.query(sql).to_pydict()) for _ in range(5)}) == 1


def test_sandbox_takes_parameters_and_shows_brussels_time(sandbox: Session) -> None:
    from datetime import UTC, date, datetime

    moment = datetime(2024, 6, 30, 22, 30, tzinfo=UTC)
    found = sandbox.query(
        "SELECT $d AS d, date_trunc('day', $m::TIMESTAMPTZ)::DATE AS day, $n + 1 AS n",
        {"d": date(2024, 1, 2), "m": moment, "n": 1},
    ).to_pylist()
    assert found == [{"d": date(2024, 1, 2), "day": date(2024, 7, 1), "n": 2}]


def test_sandbox_serves_many_threads(folder: Path) -> None:
    answers: list[int] = []

    def ask() -> None:
        with open_session({"t": TableFile(folder / "t.parquet", ("a",))}, Limits()) as session:
            answers.append(session.query("SELECT sum(a) AS n FROM t").to_pylist()[0]["n"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1_999_000] * 8


def test_sandbox_goes_on_when_its_process_is_killed(folder: Path) -> None:
    with open_session({"t": TableFile(folder / "t.parquet", ("a",))}, Limits()) as session:
        assert session.query("SELECT 1 AS one").num_rows == 1
        os.kill(session._opened().process_id, 9)
        session._opened().end()
        assert session.query("SELECT max(a) AS m FROM t").to_pylist() == [{"m": 1_999}]
