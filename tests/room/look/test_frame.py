"""The frame around pages: error pages, language, what a page costs before it has content."""

import re
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from spiegelstad.look.pages import problem_of, server_error


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


def test_errors_say_what_is_wrong_in_the_language_of_the_reader(visitor):
    html = visitor.get("/data/nothing").content.decode()
    assert re.search(r'<p class="lead">Er is geen dataset[^<]*nothing', html)
    assert 'lang="en"' not in html.partition("<main")[2].partition("</main")[0]
    visitor.post("/language", {"language": "en", "next": "/"})
    html = visitor.get("/data/nothing").content.decode()
    assert "<h1>No such dataset</h1>" in html
    assert re.search(r'<p class="lead">There is no dataset[^<]*nothing', html)


def test_what_the_program_can_only_say_in_english_is_marked_so():
    with override("nl"):
        problem = problem_of(404, "Not found", "Something that no error says.", "")
        html = render_to_string("look/problem.html", {"problem": problem})
    assert "Het staat hier niet, niet meer, of het is niet open voor jou." in html
    assert '<span lang="en">Something that no error says.</span>' in html
    with override("en"):
        problem = problem_of(404, "Not found", "Something that no error says.", "")
    assert (problem.detail, problem.exact) == ("Something that no error says.", "")


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
