"""The frame around pages: error pages, language, what a page costs before it has content."""

import re
from uuid import UUID

import pytest

from spiegelstad.look.pages import server_error


@pytest.fixture
def visitor(client, tenant):
    return client


def test_unknown_address_gets_a_page_with_a_way_on(visitor):
    answer = visitor.get("/nothing-here")
    assert answer.status_code == 404
    html = answer.content.decode()
    assert "Deze pagina bestaat niet" in html
    assert 'href="/"' in html


@pytest.mark.parametrize(
    ("address", "title"),
    [("/data/nothing", "Deze dataset is er niet"), (f"/figures/{UUID(int=0)}", "Onbekend cijfer")],
)
def test_errors_of_rooms_are_told_in_the_language_of_the_reader(visitor, address, title):
    answer = visitor.get(address)
    assert f"<h1>{title}" in answer.content.decode()


def test_what_the_program_says_of_an_error_is_marked_as_english_where_the_page_is_not(visitor):
    html = visitor.get("/data/nothing").content.decode()
    assert "Het staat hier niet, niet meer, of het is niet open voor jou." in html
    assert re.search(r'<span lang="en">[^<]*nothing', html)
    visitor.post("/language", {"language": "en", "next": "/"})
    html = visitor.get("/data/nothing").content.decode()
    assert "<h1>No such dataset</h1>" in html
    assert re.search(r'<p class="lead">[^<]*nothing', html)
    assert "What the program says" not in html


def test_server_error_page_asks_nothing_of_the_database(rf, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Er ging iets mis" in answer.content.decode()


def test_program_without_a_city_gives_a_page_that_says_so(client, db):
    answer = client.get("/")
    assert answer.status_code == 404
    assert "spiegelstad demo" in answer.content.decode()


def test_language_is_kept_and_leads_back(visitor):
    answer = visitor.post("/language", {"language": "en", "next": "/explore"})
    assert (answer.status_code, answer["Location"]) == (303, "/explore")
    assert 'lang="en"' in visitor.get("/explore").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_language_never_leads_to_another_site(visitor, target):
    assert visitor.post("/language", {"language": "en", "next": target})["Location"] == "/"


def test_unknown_language_changes_nothing(visitor):
    visitor.post("/language", {"language": "xx", "next": "/"})
    assert 'lang="nl"' in visitor.get("/explore").content.decode()


def test_reading_gives_no_cookie(visitor):
    visitor.get("/explore")
    assert not visitor.cookies


def test_page_allows_scripts_and_styles_of_its_own_only(visitor):
    answer = visitor.get("/explore")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    html = answer.content.decode()
    assert " style=" not in html and "<style" not in html and " onclick=" not in html


def test_form_field_links_hint_and_error():
    from spiegelstad.look.gallery import ExampleForm

    html = ExampleForm({"name": ""}).render()
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
