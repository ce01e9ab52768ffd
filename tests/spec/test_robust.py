"""No input makes the program fail: what is wrong is answered with a clear 4xx, and every answer is guarded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.context.errors import ERRORS
from spiegelstad.project.middleware import MACHINE_PATHS
from tests.spec.addresses import ACCOUNT_PATHS, BEFORE_ALL, MACHINES, PATHS, Answer, answer_of, visitor
from tests.spec.cities import City

pytestmark = pytest.mark.django_db
Cities = tuple[City, City]
STAFF = ("desk", "jobs", "keys")
HOSTILE = (
    "%00", "a%00b", "%FF%FE", "%ED%A0%80", "%C2%B2", "9" * 5_000, "99999999999999999999", "-1", "0", "1e400", "nan",
    "2024-13-45", "9999-12-31", "0001-01-01T00:00:00%2B14:00", "1,2,3,nan", "..%2F..%2Fetc%2Fpasswd", "%27%22%3C%7B%7B",
    "a" * 6_000, "",
)  # fmt: skip
WORST = (
    "a%00b",
    "%FF%FE",
    "%C2%B2",
    "9" * 5_000,
    "99999999999999999999",
    "-1",
    "nan",
    "9999-12-31",
    "0001-01-01T00:00:00%2B14:00",
)
CKAN = ("/api/3/action/", "/api/action/")
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture(autouse=True)
def _quick_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: charts are made of figures, never of what a reader sends."""
    monkeypatch.setattr("vl_convert.vegalite_to_svg", lambda *_args, **_options: "<svg></svg>")


def who_for(path: str) -> str:
    """Return somebody whom this address lets in as far as possible."""
    if path.startswith(MACHINES):
        return "write" if path.startswith("/api/observations") else "read"
    return (
        "administrator" if path.startswith(tuple(f"/{start}" for start in STAFF)) or "delete" in path else "anonymous"
    )


def examine(path: str, answer: Answer) -> None:
    """Fail unless an answer is guarded, sets no needless cookie, and says clearly what is wrong, if anything is."""
    shown = (path[:200], answer.status, answer.text[:1_500])
    assert answer.status < 500, shown
    assert {name: answer.headers.get(name) for name in GUARDS} == GUARDS, shown
    assert set(answer.cookies) <= {"session"}, shown
    policy = answer.headers.get("Content-Security-Policy", "")
    assert path.startswith(MACHINE_PATHS) or ("default-src 'none'" in policy and "unsafe" not in policy), shown
    if answer.status < 400:
        return
    if path.startswith("/ngsi-ld/") and answer.status in {411, 415}:
        assert answer.text.endswith("\n\n"), shown  # the standard wants no body
    elif path.startswith(CKAN) and answer.headers["Content-Type"].startswith("application/json"):
        body = orjson.loads(answer.text.split("\n\n", 1)[1])  # CKAN's own forms: a text, or an error with its type
        assert isinstance(body, str) or (body["success"] is False and body["error"]["__type"]), shown
    elif path.startswith(MACHINES) or answer.headers["Content-Type"] == "application/problem+json":
        of_the_standard = {"application/json"} if path.startswith("/ngsi-ld/") else set()
        assert answer.headers["Content-Type"] in {"application/problem+json"} | of_the_standard, shown
        body = orjson.loads(answer.text.split("\n\n", 1)[1])
        assert body["status"] == answer.status and body["title"], shown
        assert body["type"].startswith(("urn:", ERRORS)), shown
    elif not path.startswith(MACHINE_PATHS):
        assert "<h1" in answer.text and "</html>" in answer.text, shown
    assert "Traceback" not in answer.text and "site-packages" not in answer.text, shown


@contextmanager
def parameters_read() -> Iterator[set[str]]:
    """Note which parameters a page asks for."""
    found: set[str] = set()
    kept = {name: getattr(QueryDict, name) for name in ("get", "getlist", "__getitem__", "__contains__")}

    def noting(inner: Any) -> Any:
        def read(self: QueryDict, key: str, *more: Any) -> Any:
            found.add(key)
            return inner(self, key, *more)

        return read

    with pytest.MonkeyPatch.context() as patch:
        for name, inner in kept.items():
            patch.setattr(QueryDict, name, noting(inner))
        yield found


@pytest.mark.parametrize("route", PATHS)
def test_no_parameter_breaks_a_page(cities: Cities, route: str) -> None:
    city, _ = cities
    visiting, names = visitor(city, who_for(PATHS[route][-1])), city.names(city.only)
    path, _, query = PATHS[route][-1].format(**names).partition("?")
    with parameters_read() as read:
        examine(path, visiting.get(f"{path}?{query}"))
    given_ = [pair for pair in query.split("&") if pair]
    for name in sorted(read - {"csrfmiddlewaretoken", "lang"}):
        others = "&".join(pair for pair in given_ if not pair.startswith(f"{name}="))
        for value in HOSTILE if path.startswith(MACHINES) else WORST:
            examine(path, visiting.get(f"{path}?{others}&{name}={value}"))


@pytest.mark.parametrize("route", [route for route in PATHS if "<" in route])
def test_no_address_breaks_a_page(cities: Cities, route: str) -> None:
    city, _ = cities
    visiting, names = visitor(city, who_for(PATHS[route][-1])), city.names(city.only)
    template = PATHS[route][0]
    for name in (name for name in names if f"{{{name}}}" in template):
        for value in HOSTILE:
            path = template.format(**{**names, name: value})
            examine(path, visiting.get(path))
            examine(path, visiting.post(path))
    for value in (*HOSTILE, "%2E%2E%2F", "%0d%0aSet-Cookie:a=b"):
        path = f"/{route.partition('<')[0]}{value}"
        examine(path, visiting.get(path))


BODIES = {
    "application/json": b"[" * 200_000,
    "application/x-ndjson": b'{"a":' * 100_000 + b"\n\xff\xfe\x00\n",
    "text/csv": b"series,observed_at,value\n\x00,\xff,1e999\n" + b'"' * 5_000,
    "multipart/form-data": b"no boundary",
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\xff',
    "application/x-www-form-urlencoded": b"reason=%00&name=%FF&value-0=%00&scopes=%00&days=1e9&language=%00&next=%00",
    "application/x-www-form-urlencoded; charset=utf-16": b"reason=\xff\xfe",
    "application/x-www-form-urlencoded; charset=nothing": b"&".join(b"a%d=1" % n for n in range(20_000)),
    "nothing": b"\x00\xff",
    "": b"",
}


@pytest.mark.parametrize("route", PATHS)
def test_no_method_or_body_breaks_a_page(cities: Cities, route: str) -> None:
    city, _ = cities
    path = PATHS[route][0].format(**city.names(city.only))
    visiting = visitor(city, who_for(path))
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "HEAD"):
        answer = answer_of(visiting.client.generic(method, path))
        assert method == "HEAD" or answer.status >= 400, (method, path)
        if method != "HEAD":
            examine(path, answer)
    for kind, body in BODIES.items():
        examine(path, answer_of(visiting.client.generic("POST", path, body, content_type=kind)))


HEADERS: tuple[dict[str, str], ...] = (
    {"accept": "a" * 5_000}, {"accept": "text/html;q=nan, */*;q=\xff"}, {"accept": "application/json"},
    {"accept-language": "x-" * 3_000}, {"authorization": "Bearer \x00"}, {"authorization": "Bearer sps_" + "0" * 32},
    {"authorization": "Bearer \xe9"}, {"authorization": "Basic !!"}, {"cookie": "session=\x00"},
    {"cookie": "session=" + "a" * 5_000}, {"cookie": "\xff=;;;session"}, {"if-none-match": "\x00,W/"},
    {"if-modified-since": "yesterday"}, {"range": "bytes=9-1,-"}, {"x-request-id": "a\r\nb"},
    {"content-encoding": "br"},
    {"content-encoding": "gzip"}, {"x-forwarded-for": "\x00"}, {"content-length": "-1"}, {"content-length": "many"},
    {"hx-request": "true", "hx-current-url": "\xff"},
)  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/", "/data", "/api/observations", "/api/latest", "/api/places/areas/wijk", "/accounts/login/"]
)
def test_no_header_breaks_a_page(cities: Cities, path: str) -> None:
    city, _ = cities
    for headers in HEADERS:
        client = Client(headers={"host": city.host, **headers}, raise_request_exception=False)
        answer = answer_of(client.get(path))
        if headers.get("accept") != "application/json" or answer.status < 400:
            examine(path, answer)
        answer = answer_of(client.generic("POST", path, b"{}", content_type="application/x-ndjson"))
        if headers.get("accept") != "application/json":
            examine(path, answer)


@pytest.mark.parametrize("host", ["evil.example", "", "a b", "zebrastad.localhost:99999", "[::", "xn--\xff", "a" * 300])
def test_wrong_host_is_refused_or_shows_a_city(cities: Cities, host: str) -> None:
    for path in ("/", "/api/latest"):
        answer = answer_of(Client(headers={"host": host}, raise_request_exception=False).get(path))
        examine(path, answer)


@pytest.mark.parametrize("path", ACCOUNT_PATHS)
def test_account_pages_are_guarded_and_hold(cities: Cities, path: str) -> None:
    city, _ = cities
    for who in ("anonymous", "administrator"):
        visiting = visitor(city, who)
        examine(path, visiting.get(path))
        examine(path, visiting.get(f"{path}?next=%00&next=//evil.example"))
        for body in (
            b"login=%00&password=%00&code=%FF&email=%00&credential=%7B&name=%00",
            b"\xff",
            b"credential=" + b"[" * 99_999,
        ):
            examine(
                path,
                answer_of(
                    visiting.client.generic("POST", path, body, content_type="application/x-www-form-urlencoded")
                ),
            )


def test_addresses_for_watchers_hold(cities: Cities) -> None:
    for path in BEFORE_ALL:
        for host in (cities[0].host, "evil.example", "a b"):
            client = Client(headers={"host": host, "cookie": "session=\0"}, raise_request_exception=False)
            for method in ("GET", "POST", "PUT", "TRACE"):
                answer = answer_of(client.generic(method, f"{path}?a=%00&name[]=%FF", b"\0"))
                assert answer.status < 500 and answer.cookies == (), (method, path, host, answer.text[:500])


FORMS_FOR_ALL = {"data/showcase", "data/<slug:slug>/questions"}
"""Their token lives in a session."""


def test_readers_get_no_cookie(cities: Cities) -> None:
    city, _ = cities
    visiting = visitor(city, "anonymous")
    for route, templates in PATHS.items():
        for template in templates if route not in FORMS_FOR_ALL else ():
            assert visiting.get(template.format(**city.names("public"))).cookies == (), template


@pytest.mark.parametrize("route", [r for r in PATHS if not f"/{r}".startswith((*MACHINES, "/language", "/sparql"))])
def test_form_without_its_token_is_refused(cities: Cities, route: str) -> None:
    city, _ = cities
    path = PATHS[route][0].format(**city.names("public"))
    visiting = visitor(city, "administrator", enforce_csrf_checks=True)
    answer = visiting.post(path, {"reason": "x"})
    examine(path, answer)
    assert answer.status in {403, 405}, path


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["\x00", "²", "-1", "1e999", "9" * 4400]
)


ASKED = (
    "/", "/data", "/explore", "/api/latest", "/api/places/at", "/api/places/addresses",
    "/api/series/count-public/hourly",
)  # fmt: skip
NAMES = (
    "q", "page", "bbox", "lon", "lat", "on", "text", "limit", "from", "to", "indicator", "area", "area_type", "step",
    "type",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(ASKED), query=st.dictionaries(st.sampled_from(NAMES), TEXT, max_size=4))
def test_no_query_breaks_a_page(cities: Cities, path: str, query: dict[str, str]) -> None:
    asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    examine(path, visitor(cities[0], "anonymous").get(f"{path}?{asked}"))
