"""Ways through the pages: from dashboard to source, by keyboard, on paper, without script, in English."""

import json
import re

import pytest
from playwright.sync_api import expect

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}}


def test_reader_comes_from_dashboard_to_the_data_behind_a_figure(visit):
    page = visit("/", **DESK)
    page.locator(".tile", has_text="Groen per inwoner").locator(".tile-value a").click()
    page.wait_for_url("**/figures/*")
    assert page.get_by_role("heading", name="Waar dit cijfer vandaan komt").is_visible()
    assert "sum(p.green_m2)" in page.locator("pre").inner_text()
    assert page.get_by_role("link", name="Bevolking").get_attribute("href") == "/data/population"


def test_all_is_there_without_script(visit):
    page = visit("/", java_script_enabled=False, **DESK)
    areas = page.locator(".map-drawn .area")
    assert areas.count() >= 10
    assert page.locator(".map-drawn .sensor-dot").count() == 6
    assert page.locator(".map-drawn .q5").count() >= 1
    page.locator("input[name=step]").fill("0")
    page.locator("form.slider button").click()
    assert page.locator(".map figcaption").inner_text().endswith("2016")
    page.goto("/areas/wijk/W03")
    assert page.locator(".chart-wide svg").is_visible()
    page.locator(".chart details summary").click()
    assert page.locator(".chart details table").is_visible()


def test_nothing_moves_when_chart_and_map_become_live(visit):
    page = visit("/indicators/green-per-inhabitant", java_script_enabled=False, **DESK)
    selector = ".chart-wide, .map-box, .table, h2"
    boxes = "els => els.map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })"
    drawn = page.locator(selector).evaluate_all(boxes)
    live = visit("/indicators/green-per-inhabitant", **DESK)
    assert live.locator(".chart-box[data-is-live]").count() >= 2
    assert live.locator(".map-live.is-ready canvas").count() == 1
    heights = [[round(value) for value in box[2:]] for box in live.locator(selector).evaluate_all(boxes)]
    assert heights == [[round(value) for value in box[2:]] for box in drawn]


def test_live_map_fits_the_drawn_one(visit):
    page = visit("/indicators/green-per-inhabitant", **DESK)
    script = """() => {
      const label = document.querySelector('.map-label'), name = label.textContent;
      const drawn = [...document.querySelectorAll('.area-label')].find(text => text.textContent === name);
      const middle = (element) => {
        const box = element.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      };
      const [a, b] = [middle(label), middle(drawn)];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    }"""
    assert page.evaluate(script) < 6


def test_sensors_are_asked_again_and_unchanged_costs_nothing(visit):
    page = visit("/", **DESK)
    assert page.locator(".sensor").count() == 6
    page.locator(".sensor").first.press("Enter")
    assert "Reeks bicycles" in page.locator(".maplibregl-popup-content").inner_text()
    ask = """async () => {
      const first = await fetch('/api/latest'), tag = first.headers.get('ETag');
      const again = await fetch('/api/latest', {headers: {'If-None-Match': tag}, cache: 'no-store'});
      return [first.status, again.status];
    }"""
    assert page.evaluate(ask) == [200, 304]


def test_slider_recolours_the_map_and_keeps_the_page(visit):
    page = visit("/", **DESK)
    before = page.locator("#ends").inner_text()
    slider = page.locator("input[name=step]")
    slider.focus()
    with page.expect_response(lambda answer: "step=0" in answer.url):
        slider.press("Home")
    expect(page.locator(".map figcaption")).to_contain_text("2016")
    assert page.locator(".timeline output").inner_text() == "2016"
    assert page.locator("#ends").inner_text() != before
    assert "step=0" in page.url


def test_keyboard_reaches_content_menu_and_language(visit):
    page = visit("/", **DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    phone = visit("/", **PHONE)
    phone.locator(".nav-phone summary").focus()
    phone.keyboard.press("Enter")
    assert phone.locator(".nav-phone nav").is_visible()
    phone.keyboard.press("Escape")
    assert not phone.locator(".nav-phone nav").is_visible()


def test_reader_changes_the_language(visit):
    page = visit("/indicators", **DESK)
    page.locator(".top-tools-wide button[value=en]").click()
    assert page.locator("h1").inner_text() == "Indicators"
    assert page.url.endswith("/indicators")
    assert page.locator("html").get_attribute("lang") == "en"


def test_profile_prints_without_navigation_and_in_ink(visit):
    page = visit("/areas/wijk/W03", color_scheme="dark", **DESK)
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".nav-wide").is_visible()
    assert page.locator(".map-drawn").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".table-profile").first.is_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"


def test_explorer_shares_an_address_that_gives_the_same(visit):
    page = visit("/explore", **DESK)
    page.get_by_label("Groen per inwoner").check()
    page.get_by_label("Inkomen per inwoner").check()
    page.locator(".explore-form button").click()
    page.wait_for_url("**indicator=income-per-inhabitant**")
    address = page.locator("#share").input_value()
    assert address == page.url
    titles = page.locator(".chart figcaption").all_inner_texts()
    assert visit(address, **DESK).locator(".chart figcaption").all_inner_texts() == titles
    with page.expect_download() as download:
        page.locator(".downloads a", has_text="CSV").click()
    assert "green-per-inhabitant" in download.value.path().read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("extension", ["json", "jsonld"])
def test_figure_is_there_for_machines_too(visit, city, extension):
    page = visit("/", settle=False, **DESK)
    answer = page.request.get(f"{city.figure_path}.{extension}")
    assert answer.ok
    assert city.figure_path in json.dumps(answer.json())


def test_steward_sees_the_desk_and_a_visitor_does_not(visit):
    visitor = visit("/", **DESK)
    assert visitor.locator(".nav-wide a[href='/desk']").count() == 0
    steward = visit("/", signed_in=True, **DESK)
    assert steward.locator(".nav-wide a[href='/desk']").count() == 1
    assert re.search(r"Dirk|dirk", steward.locator(".top-tools-wide .who").inner_text())
