"""Residents share data: it is read, checked for people, looked at by a steward, open to all, and can be taken back."""

from threading import Thread

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from spiegelstad.accounts.models import User
from spiegelstad.accounts.public import Role
from spiegelstad.accounts.testing import make_person, make_tenant
from spiegelstad.base.errors import NotFound, NotSignedIn
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import uploading
from spiegelstad.broker.rules.uploaded import Mapped, UnusableUpload
from spiegelstad.broker.testing import make_upload
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import Selection
from spiegelstad.governance.public import NotAllowed

LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
TREES = "Soort;Hoogte;Geplant;lon;lat\nEik;12,5;3/4/2019;3,72;51,05\nLinde;8,1;1/10/2021;3,73;51,04\n"


def share(by, content=TREES, name="bomen.csv", **changes):
    given = {"title": "Bomen in mijn straat", "description": "Zelf geteld.", "theme": "green", "licence_uri": LICENCE}
    told = uploading.UploadIn(**{**given, **changes}, file_name=name, content=content.encode())
    return uploading.upload(by=by, given=told)


def published(by, steward, **changes):
    row = share(by, **changes)
    uploading.hand_in(by=by, upload_id=row.id, no_people=False)
    return uploading.publish(by=steward, upload_id=row.id)


def test_shared_file_becomes_a_dataset_like_any_other(people):
    row = published(people.resident, people.steward)
    assert row.slug == "shared-bomen-in-mijn-straat"
    found = catalogue.select(people.nobody, row.slug, Selection()).to_pylist()
    assert [(one["soort"], one["hoogte"], one["geplant"].isoformat()) for one in found] == [
        ("Eik", 12.5, "2019-04-03"), ("Linde", 8.1, "2021-10-01"),
    ]  # fmt: skip
    assert shapely.from_wkb(found[0]["geometry"]).coords[0] == (3.72, 51.05)
    dataset = catalogue.dataset(people.nobody, row.slug)
    assert (dataset.classification, dataset.licence_uri) == ("public", LICENCE)
    assert "Roos" not in str(dataset) and dataset.current.quality.score == 1
    assert models.Upload.objects.get().content is None, "the file itself is erased"


def test_new_file_is_a_new_version(people):
    first = published(people.resident, people.steward)
    published(people.resident, people.steward, content=TREES + "Es;3;2/2/2022;3,74;51,03\n", again=first.slug)
    assert [one.number for one in catalogue.versions(people.nobody, first.slug)] == [2, 1]
    with pytest.raises(NotFound):
        share(people.neighbour, again=first.slug)
    assert published(people.neighbour, people.steward).slug == f"{first.slug}-2"


def test_geojson_and_lambert_are_read(people):
    features = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"naam_boom": "Eik"},' \
        '"geometry": {"type": "Point", "coordinates": [3.7, 51.0]}}]}'  # fmt: skip
    row = published(people.resident, people.steward, content=features, name="bomen.geojson")
    (one,) = catalogue.select(people.nobody, row.slug, Selection()).to_pylist()
    assert (one["naam_boom"], shapely.from_wkb(one["geometry"]).x) == ("Eik", 3.7)
    lambert = published(people.resident, people.steward, content="x,y\n104500,193700\n", name="punt.csv", title="Punt")
    (point,) = catalogue.select(people.nobody, lambert.slug, Selection()).to_pylist()
    assert shapely.from_wkb(point["geometry"]).distance(shapely.Point(3.72, 51.05)) < 0.02


@pytest.mark.parametrize(
    ("column", "value", "refused"),
    [
        ("nummer", "85.07.30-033.28", True),
        ("rekening", "BE68 5390 0754 7034", True),
        ("opmerking", "Bel 0478 12 34 56", True),
        ("opmerking", "mail naar roos@example.org aub", True),
        ("voornaam", "Roos", False),
        ("nummer", "85.07.30-033.29", None),
        ("huisnummer", "12", None),
        ("hoogte", "193712345", None),
    ],
)
def test_data_about_people_is_found(people, column, value, refused):
    row = share(people.resident, content=f"soort;{column}\nEik;{value}\n")
    assert bool(row.warnings) == (refused is not None)
    if refused is None:
        return
    for said in (False, True):
        if refused or not said:
            with pytest.raises(uploading.PersonalData):
                uploading.hand_in(by=people.resident, upload_id=row.id, no_people=said)
    mapping = [Mapped("soort", "soort", "VARCHAR"), Mapped(column, column, "drop")]
    uploading.describe(by=people.resident, upload_id=row.id, mapping=mapping)
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    uploading.publish(by=people.steward, upload_id=row.id)
    assert value not in str(catalogue.select(people.nobody, row.slug, Selection()).to_pylist())


def test_name_of_a_column_is_left_to_a_person(people):
    row = share(people.resident, content="straatnaam;voornaam\nVeldstraat;Roos\n")
    assert [one["column"] for one in row.warnings] == ["voornaam"]
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=True)


def test_rules_leave_rows_out_and_refuse_what_is_mostly_wrong(people):
    row = share(people.resident, content="a;b\n" + "1;2\n" * 19 + ";3\n")
    mapping = [Mapped("a", "a", "BIGINT", required=True), Mapped("b", "b", "BIGINT")]
    made = uploading.made_of(uploading.describe(by=people.resident, upload_id=row.id, mapping=mapping))
    assert (made.table.num_rows, made.quality.score) == (19, 0.95)
    bad = share(people.resident, content="a\n1\nx\ny\n", title="Fout")
    uploading.describe(by=people.resident, upload_id=bad.id, mapping=[Mapped("a", "a", "BIGINT")])
    with pytest.raises(uploading.TooMuchWrong):
        uploading.hand_in(by=people.resident, upload_id=bad.id, no_people=False)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "leeg.csv"), ("a;b\n", "leeg.csv"), ("a;b\n1\n", "scheef.csv"), ("<html></html>", "page.csv"),
        ("PK\x03\x04", "blad.csv"), ("{", "x.geojson"), ("[]", "x.geojson"), ('{"features": [1]}', "x.geojson"),
        (",".join("abcdefghij" * 7) + "\n" + ",".join("1" * 70) + "\n", "breed.csv"),
        ("a\n" + "1\n" * 50_001, "lang.csv"),
        ("x" * (5 * 1024 * 1024 + 1), "groot.csv"), ("a\0b\n1\n", "nul.csv"),
        ('{"features": [{"properties": {"a\\u0000b": 1}}]}', "nul.geojson"),
        ('{"features": ' * 500, "diep.geojson"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_used_is_refused(people, content, name):
    with pytest.raises(UnusableUpload):
        share(people.resident, content=content, name=name)
    assert not models.Upload.objects.exists()


@pytest.mark.parametrize(
    "mapping",
    [
        [], [Mapped("a", "a", "BIGINT")], [Mapped("a", "x", "VARCHAR"), Mapped("b", "x", "VARCHAR")],
        [Mapped("a", "a b", "VARCHAR"), Mapped("b", "b", "drop")], [Mapped("a", "a", "lon"), Mapped("b", "b", "drop")],
        [Mapped("a", "a", "drop"), Mapped("b", "b", "drop")],
        [Mapped("a", "geometry", "VARCHAR"), Mapped("b", "b", "drop")],
        [Mapped("a", "a", "sql"), Mapped("b", "b", "drop")], [Mapped("a", "a", "lon"), Mapped("b", "b", "y")],
    ],
)  # fmt: skip
def test_wrong_mapping_is_refused(people, mapping):
    row = share(people.resident, content="a;b\n1;2\n")
    with pytest.raises(UnusableUpload):
        uploading.describe(by=people.resident, upload_id=row.id, mapping=mapping)


def test_upload_is_its_makers_until_it_is_handed_in(people):
    row = share(people.resident)
    for by in (people.neighbour, people.steward, people.administrator, people.nobody, people.foreigner):
        with pytest.raises(NotFound):
            queries.upload(by, row.id)
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    for by in (people.neighbour, people.clerk, people.foreigner, people.nobody):
        with pytest.raises((NotFound, NotAllowed, NotSignedIn)):
            uploading.publish(by=by, upload_id=row.id)
    with pytest.raises(uploading.NotWaiting):
        uploading.publish(by=people.resident, upload_id=row.id)
    assert queries.offered_uploads(people.steward) == [row]
    assert uploading.refuse(by=people.steward, upload_id=row.id, reason="Staat er al.").content is None


def test_city_that_does_not_look_beforehand_publishes_at_once(people, tenant):
    models.Upload._meta.get_field("tenant").related_model.objects.filter(id=tenant).update(
        settings={"uploads": {"moderation": False}}
    )
    row = share(people.resident)
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    assert catalogue.count_rows(people.nobody, row.slug) == 2


def test_what_was_shared_can_be_taken_back(people):
    row = published(people.resident, people.steward)
    with pytest.raises(NotFound):
        uploading.withdraw(by=people.neighbour, upload_id=row.id)
    uploading.withdraw(by=people.resident, upload_id=row.id)
    with pytest.raises(NotFound):
        catalogue.select(people.nobody, row.slug, Selection())
    gone = catalogue.dataset(people.nobody, row.slug)
    assert (gone.status, gone.status_reason) == ("archived", "Wie dit deelde, nam het terug.")
    assert models.Upload.objects.get().state == "withdrawn"


@pytest.mark.parametrize("state", ["read", "offered"])
def test_what_was_taken_back_before_it_was_shown_is_its_makers_alone(people, state):
    row = share(people.resident)
    if state == "offered":
        uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    uploading.withdraw(by=people.resident, upload_id=row.id)
    assert queries.upload(people.resident, row.id).state == "withdrawn"
    for by in (people.steward, people.administrator):
        with pytest.raises(NotFound):
            queries.upload(by, row.id)


@pytest.mark.parametrize(("act", "state"), [("publish", "published"), ("refuse", "refused")])
def test_steward_who_decided_comes_to_a_page_that_is_there(people, act, state):
    row = share(people.resident)
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    steward = Client()
    steward.force_login(User.objects.get(id=people.steward.id.removeprefix("person:")))
    answer = steward.post(f"/access/uploads/{row.id}", {"act": act, "reason": "Staat er al."}, follow=True)
    row.refresh_from_db()
    assert (answer.status_code, row.state) == (200, state)


def test_pages_lead_from_file_to_dataset(people, django_assert_max_num_queries):
    client = Client()
    client.force_login(User.objects.get(id=people.resident.id.removeprefix("person:")))
    form = {"title": "Bomen", "description": "Geteld.", "theme": "green", "licence_uri": LICENCE, "again": ""}
    answer = client.post("/access/uploads", {**form, "file": SimpleUploadedFile("bomen.csv", TREES.encode())})
    assert answer.status_code == 302, answer.content.decode()
    page = answer.headers["Location"]
    with django_assert_max_num_queries(15):
        shown = client.get(page).content.decode()
    assert "Linde" in shown and 'name="c0-use"' in shown
    columns = {f"c{n}-{name}": value for n, (column, use) in enumerate((
        ("soort", "VARCHAR"), ("hoogte", "DOUBLE"), ("geplant", "drop"), ("lon", "lon"), ("lat", "lat")))
        for name, value in (("name", column), ("use", use))}  # fmt: skip
    assert client.post(page, {**columns, "act": "describe"}).status_code == 302
    assert client.post(page, {"act": "hand_in"}).status_code == 302
    steward = Client()
    steward.force_login(User.objects.get(id=people.steward.id.removeprefix("person:")))
    assert steward.post(page, {"act": "publish"}).status_code == 302
    with django_assert_max_num_queries(15):
        assert "/data/shared-bomen" in client.get(page).content.decode()
    wrong = client.post("/access/uploads", {**form, "file": SimpleUploadedFile("x.csv", b"a\n")})
    assert wrong.status_code == 200 and 'aria-invalid="true"' in wrong.content.decode()


@pytest.mark.parametrize(
    ("content", "uses"),
    [
        ("bedrag\n1.234,5\n7,25\n", ["DOUBLE"]), ("bedrag\n1,234.5\n7,25\n", ["VARCHAR"]),
        ("code\n12_34\n56_78\n", ["VARCHAR"]), ("dag\n0001-01-01T00:00\n", ["VARCHAR"]),
        ("dag\n9999-12-31T23:59Z\n", ["VARCHAR"]), ("dag\n2024-03-31T02:30\n", ["TIMESTAMP WITH TIME ZONE"]),
    ],
)  # fmt: skip
def test_value_becomes_itself_or_stays_text(people, content, uses):
    """1,234.5 is no Dutch number: read as one it became 1.2345, without a word."""
    row = share(people.resident, content=content)
    assert [one["use"] for one in row.mapping] == uses
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    (first, *_) = uploading.made_of(row).table.to_pylist()
    assert uses != ["DOUBLE"] or first == {"bedrag": 1234.5}


@pytest.mark.parametrize("names", ["A b;a-b", "a;a;a_2", "geometry;lon;lat"])
def test_columns_get_names_of_their_own(people, names):
    """Else the second takes the place of the first, and what was handed in cannot be published."""
    count = names.count(";") + 1
    row = share(people.resident, content=f"{names}\n{';'.join('3' for _ in range(count))}\n")
    assert len({one["name"] for one in row.mapping} - {"geometry"}) == count
    uploading.hand_in(by=people.resident, upload_id=row.id, no_people=False)
    uploading.publish(by=people.steward, upload_id=row.id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "state"), [("refuse", "published"), ("publish", "published"), ("withdraw", "withdrawn")]
)
def test_step_that_comes_second_sees_the_first(act, state):
    """What a colleague publishes at the same moment is not refused, nor left open when its maker takes it back."""
    make_tenant("samen")
    stewards = [make_person("samen", Role.STEWARD, ["mobiliteit"], name=name) for name in ("Dirk Een", "Dirk Twee")]
    maker = make_person("samen", Role.RESIDENT, name="Roos Voorbeeld")
    row = make_upload(maker)
    second = {
        "refuse": lambda: uploading.refuse(by=stewards[1], upload_id=row.id, reason="Staat er al."),
        "publish": lambda: uploading.publish(by=stewards[1], upload_id=row.id),
        "withdraw": lambda: uploading.withdraw(by=maker, upload_id=row.id),
    }[act]
    errors = []

    def run():
        try:
            second()
        except uploading.NotWaiting as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        uploading.publish(by=stewards[0], upload_id=row.id)
        thread.start()
        thread.join(timeout=0.5)
    thread.join(timeout=60)
    row.refresh_from_db()
    open_to_all = catalogue.dataset(queries.program(maker), row.slug).status == "published"
    assert (row.state, open_to_all, bool(errors)) == (state, state == "published", act != "withdraw")


@pytest.mark.django_db(transaction=True)
def test_two_who_share_the_same_title_at_once_do_not_share_a_dataset():
    """Else what the second shared is published in the place of what the first did."""
    make_tenant("samen")
    makers = [make_person("samen", Role.RESIDENT, name=name) for name in ("Roos Voorbeeld", "Bram Voorbeeld")]
    rows = []

    def run():
        try:
            rows.append(make_upload(makers[1]))
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        rows.append(share(makers[0]))
        thread.start()
        thread.join(timeout=1)
    thread.join(timeout=60)
    assert sorted(row.slug for row in rows) == ["shared-bomen-in-mijn-straat", "shared-bomen-in-mijn-straat-2"]
