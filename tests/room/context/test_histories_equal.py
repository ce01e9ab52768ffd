"""The database selects and adds up the instances that the slow reference does."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.context.actions.temporal import delete_evolution, upsert_evolution
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.formats.temporal_reading import Fragment
from spiegelstad.context.queries.aggregates import aggregates
from spiegelstad.context.queries.histories import Wanted, histories, with_history
from spiegelstad.context.queries.temporal import evolutions, head
from spiegelstad.context.rules.aggregation import aggregate
from spiegelstad.context.rules.documents import time_of, time_text
from spiegelstad.context.rules.temporal import ALWAYS, EPOCH, METHODS, TemporalQuery, aggregation, grid
from spiegelstad.context.rules.temporal_reference import selected

ID = "urn:ngsi-ld:Thing:1"
NAME = "https://uri.etsi.org/ngsi-ld/default-context/level"
SUB = "https://uri.etsi.org/ngsi-ld/default-context/accuracy"
ROOF = "urn:ngsi-ld:Dataset:roof"
START = datetime(2024, 3, 30, 20, tzinfo=UTC)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

moments = st.integers(0, 48 * 12).map(lambda step: time_text(START + timedelta(minutes=5 * step)))
numbers = st.integers(-20, 20)
texts = st.sampled_from(["a", "b", "c"])


anything = numbers | texts | st.booleans()


@st.composite
def instances(draw, values=anything):
    """One instance: a plain number, a text, or a number about which more is said; most of them observed."""
    instance = {"type": "Property", "value": draw(values)}
    if draw(st.integers(0, 9)):
        instance["observedAt"] = draw(moments)
    if draw(st.booleans()):
        instance["datasetId"] = ROOF
    if not draw(st.integers(0, 4)):
        instance["attributes"] = {SUB: {"": {"type": "Property", "value": 1}}}
    return instance


def times_apart(several):
    """Keep one instance of each moment, so that their order is sure."""
    return list({one.get("observedAt", number): one for number, one in enumerate(several)}.values())


histories_given = st.lists(st.lists(instances(), max_size=6), min_size=1, max_size=3).map(
    lambda batches: [batch for batch in (times_apart(batch) for batch in batches) if batch]
)


@st.composite
def queries(draw, relations=("", "before", "after", "between")):
    relation = draw(st.sampled_from(relations))
    ends = sorted((draw(moments), draw(moments)))
    return {
        "": ALWAYS,
        "before": TemporalQuery("before", ends[1]),
        "after": TemporalQuery("after", ends[0]),
        "between": TemporalQuery("between", ends[0], ends[1]),
    }[relation]


def written(people, batches):
    """Write the batches as a new evolution and return its instances as they are stored."""
    with suppress(ResourceNotFound):
        delete_evolution(by=people.administrator, entity_id=ID)
    seen = set()
    for batch in batches or [[]]:
        fresh = [one for one in batch if one.get("observedAt") is None or one["observedAt"] not in seen]
        seen |= {one["observedAt"] for one in fresh if "observedAt" in one}
        fragment = Fragment(ID, ["https://uri.etsi.org/ngsi-ld/default-context/Thing"], [(NAME, one) for one in fresh])
        upsert_evolution(by=people.administrator, fragment=fragment)
    every = histories(people.nobody, [ID], Wanted(limit=1_000)).get(ID, {})
    stored = [instance for _, instance in every.get(NAME, [])]
    assert len({one["instanceId"] for one in stored}) == len(stored)
    return stored


def test_every_instance_written_is_read(people):
    given_ = [{"type": "Property", "value": n, "observedAt": time_text(START + timedelta(minutes=n))} for n in range(3)]
    stored = written(people, [given_[:2], given_[2:]])
    assert [(one["value"], one["observedAt"]) for one in stored] == [
        (one["value"], one["observedAt"]) for one in given_
    ]


def test_two_numbers_of_one_moment_are_both_kept(people):
    at = time_text(START)
    stored = written(people, [[{"type": "Property", "value": n, "observedAt": at} for n in (1, 2)]])
    assert sorted(one["value"] for one in stored) == [1, 2]


@FEW
@given(
    batches=histories_given,
    query=queries(),
    last_n=st.none() | st.integers(1, 4),
    datasets=st.sampled_from([None, frozenset({""}), frozenset({ROOF}), frozenset({"", ROOF})]),
)
def test_instances_selected_equal_those_of_the_reference(people, batches, query, last_n, datasets):
    stored = written(people, batches)
    wanted = Wanted(query, datasets=datasets)
    [found] = evolutions(people.nobody, [head(people.nobody, ID)], wanted, last_n).found
    expected = selected(stored, query, datasets, last_n)
    shown = [instance for _, instance in found.history.get(NAME, [])]
    if last_n is None or query.timerel:
        assert shown == expected
    else:  # instances without a moment were modified together: which of them are the last is open
        assert len(shown) == len(expected)
    assert with_history(people.nobody, [ID], wanted) == ({ID} if selected(stored, query, datasets) else set())


@FEW
@given(batches=histories_given, timeproperty=st.sampled_from(["createdAt", "modifiedAt"]), data=st.data())
def test_instances_by_when_they_were_recorded_equal_those_of_the_reference(people, batches, timeproperty, data):
    stored = written(people, batches)
    times = sorted({one[timeproperty] for one in stored})
    at = data.draw(st.sampled_from(times)) if times else time_text(START)
    for relation in ("before", "after"):
        query = TemporalQuery(relation, at, "", timeproperty)
        found = histories(people.nobody, [ID], Wanted(query)).get(ID, {}).get(NAME, [])
        names = sorted(instance["instanceId"] for _, instance in found)
        assert names == sorted(one["instanceId"] for one in selected(stored, query))


PERIODS = ["PT0S", "PT5M", "PT1H", "PT2H30M", "P1D", "P1M", "P1MT6H"]


@FEW
@given(
    batches=st.lists(st.lists(instances(numbers), max_size=8), min_size=1, max_size=2).map(
        lambda several: [one for one in map(times_apart, several) if one]
    ),
    query=queries(),
    methods=st.lists(st.sampled_from(METHODS), min_size=1, max_size=4, unique=True),
    period=st.sampled_from(PERIODS),
)
def test_sums_equal_those_of_the_reference(people, batches, query, methods, period):
    stored = [one for one in written(people, batches) if "observedAt" in one]
    asked = aggregation(methods, period)
    found = aggregates(people.nobody, [ID], Wanted(query), asked).get(ID, {}).get(NAME, [])
    for dataset in ("", ROOF):
        points = [(time_of(one["observedAt"]), one) for one in selected(stored, query, [dataset])]
        shown = [one for one in found if one.dataset == dataset]
        assert len(shown) == bool(points)
        if points:
            cut = grid(query, asked.period, points[0][0], points[-1][0])
            expected = aggregate(points, asked.methods, cut)
            shown_values = {method: shown_periods(shown[0], method) for method in shown[0].values}
            assert {method: list(values) for method, values in shown_values.items()} == {
                method: list(values) for method, values in expected.items()
            }
            for method, values in shown_values.items():
                assert list(values.values()) == pytest.approx(list(expected[method].values()))


def shown_periods(added, method):
    """Return the values of a method by the beginning of their period."""
    begins = [EPOCH + timedelta(microseconds=begin) for begin in added.begins.tolist()]
    pairs = zip(begins, added.values[method], strict=True)
    return {begin: value for begin, value in pairs if value is not None}


def test_what_is_closed_to_a_reader_is_in_no_history(people):
    written(people, [[{"type": "Property", "value": 1, "observedAt": time_text(START)}]])
    closed = replace(Wanted(), closed=frozenset({NAME}))
    assert histories(people.nobody, [ID], closed) == {}
    assert with_history(people.nobody, [ID], closed) == set()
