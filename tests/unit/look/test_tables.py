"""Tables as data, and the form and text helpers of the templates."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from spiegelstad.look import navigation, tables
from spiegelstad.look.templatetags.look import json_block


def render(source, **context):
    return Template("{% load look %}" + source).render(Context(context))


def test_table_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="2 cells in a table of 1 columns"):
        tables.table("T", ["a"], [("1", "2")])


def test_table_shows_headings_numbers_and_links():
    shown = tables.table("Wijken", ["Naam", tables.number("Inwoners")], [(tables.Link("A & B", "/a"), "12")])
    html = render("{% table t %}", t=shown)
    assert '<th scope="row"><a href="/a">A &amp; B</a>' in html
    assert '<td class="number">12</td>' in html
    assert "<caption" in html and "Wijken" in html


def test_json_block_cannot_end_the_script():
    assert "</script>" not in json_block({"name": "</script><script>alert(1)</script>&"})


def test_text_of_data_is_escaped_in_components():
    html = render("{% tile name=n url='/x' value=n %}{% alert n %}{% badge n %}{% breadcrumbs 'a' '/' n %}", n="<b>&")
    assert "<b>" not in html
    assert html.count("&lt;b&gt;&amp;") == 5


def test_decimal_points_in_drawings_are_points_in_every_language(settings):
    from django.utils.translation import override

    with override("nl"):
        html = render("{% gauge 12.5 20.25 %}{% spark s %}", s=[1.0, 2.5])
    assert 'width="' in html and "," not in html


MARKED = {
    "/": "/",
    "/indicators": "/indicators",
    "/indicators/green": "/indicators",
    "/data/x": "/data",
    "/database": None,
}


@pytest.mark.parametrize(("path", "current"), MARKED.items())
def test_navigation_marks_the_page(path, current):
    items = navigation.items(RequestFactory().get(path))
    assert [item.path for item, is_current in items if is_current] == ([current] if current else [])


def test_navigation_hides_staff_pages_from_visitors():
    paths = {item.path for item, _current in navigation.items(RequestFactory().get("/"))}
    assert "/desk" not in paths and "/data" in paths
