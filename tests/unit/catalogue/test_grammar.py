"""The grammar of allowed queries: everyday SQL passes, and the allow-list holds no stranger."""

import json

import duckdb
import pytest

from spiegelstad.catalogue.sandbox.functions import MOMENTS, OPERATORS, SCALAR, TABLE
from spiegelstad.catalogue.sandbox.grammar import NotAllowedSql, check

EVERYDAY = [
    "SELECT * FROM counts",
    "FROM counts",
    "SELECT c.area_code, sum(c.n) AS numerator, count(*) AS denominator FROM counts c GROUP BY ALL ORDER BY ALL",
    "WITH x AS (SELECT * FROM counts), y AS MATERIALIZED (SELECT * FROM x) FROM y JOIN areas USING (area_code)",
    "WITH RECURSIVE up AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM up WHERE i < 5) SELECT max(i) FROM up",
    "SELECT area_code, year(t) AS period, avg(n) FILTER (WHERE n > 0) FROM counts GROUP BY 1, 2 HAVING count(*) > 3",
    "SELECT *, row_number() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM counts",
    "SELECT * FROM counts QUALIFY rank() OVER (ORDER BY n DESC) <= 10",
    "SELECT strftime(date_trunc('month', t), '%Y-%m'), extract(dow FROM t), t AT TIME ZONE 'UTC' FROM counts",
    "SELECT count(DISTINCT a), quantile_cont(n, 0.5), arg_max(a, n), string_agg(a, ',' ORDER BY a) FROM counts",
    "SELECT CASE WHEN n IS NULL THEN 0 ELSE coalesce(n, 1) END, nullif(n, 0), n::DOUBLE / 3, n // 2, n % 2 FROM counts",
    "SELECT * FROM counts WHERE a LIKE 'x%' AND a NOT ILIKE '%y' AND a IN ('p', 'q') AND n BETWEEN 1 AND 2 AND NOT b",
    "SELECT * FROM counts WHERE a SIMILAR TO 'x.*' OR regexp_matches(a, '^y') OR a ~ 'z' OR a LIKE '5$%' ESCAPE '$'",
    "SELECT age, random, now FROM counts",
    "SELECT counts.today FROM counts",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(i, s), range(3) r(k), unnest([1, 2]) u(e)",
    "SELECT a.*, b.n FROM counts a ASOF JOIN areas b ON a.t >= b.t",
    "SELECT * EXCLUDE (n) REPLACE (a || 'x' AS a), COLUMNS('n.*') FROM counts",
    "PIVOT (SELECT * FROM counts) ON a IN ('p', 'q') USING sum(n) GROUP BY b",
    "SELECT * FROM counts UNPIVOT (v FOR k IN (x, y))",
    "SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [1, 2] IF x > 1], {'a': 1}.a, MAP {'k': 1}['k']",
    "SELECT a, sum(n) FROM counts GROUP BY GROUPING SETS ((a), ()) UNION ALL SELECT b, n FROM areas ORDER BY 1 LIMIT 3",
    "SELECT (SELECT max(n) FROM counts), EXISTS (SELECT 1 FROM areas), DATE '2024-01-01' + INTERVAL 1 DAY",
    "SELECT * FROM counts WHERE (a, b) IN (SELECT a, b FROM areas) AND n > ALL (SELECT n FROM areas)",
    "SELECT * FROM COUNTS",
]


def _tree(sql: str) -> dict[str, object]:
    found = duckdb.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    assert found is not None
    tree: dict[str, object] = json.loads(found[0])
    return tree


@pytest.mark.parametrize("sql", EVERYDAY)
def test_grammar_lets_everyday_sql_pass(sql: str) -> None:
    check(_tree(sql), ["counts", "areas"])


def test_grammar_says_which_tables_there_are() -> None:
    with pytest.raises(NotAllowedSql, match="no table 'people' here; there are: areas, counts"):
        check(_tree("SELECT * FROM people"), ["counts", "areas"])


def test_grammar_says_why_a_moment_is_refused() -> None:
    with pytest.raises(NotAllowedSql, match="'now' differs from moment to moment"):
        check(_tree("SELECT now()"), [])


def test_functions_all_exist_and_none_looks_outside() -> None:
    rows = duckdb.execute("SELECT DISTINCT function_name, function_type, stability FROM duckdb_functions()").fetchall()
    scalar = {name: stability for name, kind, stability in rows if kind in {"scalar", "aggregate", "macro", "window"}}
    window = {"row_number", "rank", "dense_rank", "ntile", "lag", "lead", "cume_dist", "percent_rank", "nth_value"}

    assert (
        SCALAR - scalar.keys() - window - {"first_value", "last_value", "rank_dense", "unnest", "count_star"} == set()
    )
    assert not OPERATORS - scalar.keys()
    assert {name for name in SCALAR if scalar.get(name) not in {"CONSISTENT", None}} == set()
    assert not [name for name in SCALAR if name.startswith(("read_", "duckdb_", "pg_", "current_", "json_execute"))]
    assert TABLE <= SCALAR
    assert not SCALAR & MOMENTS
