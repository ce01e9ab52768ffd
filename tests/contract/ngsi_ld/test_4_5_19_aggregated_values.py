"""Clause 4.5.19: the aggregated temporal representation."""

import pytest

ID = "urn:ngsi-ld:Vehicle:B9211"
PATH = f"temporal/entities/{ID}"
BETWEEN = {"timerel": "between", "timeAt": "2018-08-01T12:00:00Z", "endTimeAt": "2018-08-01T13:00:00Z"}
ALL = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"


def at(minute):
    return f"2018-08-01T12:{minute:02}:00Z"


def instances(values, **more):
    return [{"type": "Property", "value": one, "observedAt": at(n), **more} for n, one in enumerate(values)]


@pytest.fixture(autouse=True)
def evolution(broker):
    answer = broker.post(
        "temporal/entities",
        {
            "id": ID,
            "type": "Vehicle",
            "speed": instances([120, 80, 100, 80, 60, 120]),
            "label": instances(["b", "a", "c", "a"]),
            "open": instances([True, False, True]),
            "list": [{"type": "ListProperty", "valueList": [1] * n, "observedAt": at(n)} for n in range(1, 4)],
            "box": instances([{"a": 1}, {"a": 1}]),
            "owner": [
                {"type": "Relationship", "object": f"urn:ngsi-ld:Person:{n % 2}", "observedAt": at(n)} for n in range(3)
            ],
            "mixed": [*instances([1, 2]), {"type": "Property", "value": 4, "observedAt": at(5), "unit": {"value": 1}}],
        },
    )
    assert answer.status_code == 201


def added(broker, attribute, methods=ALL, **params):
    answer = broker.get(
        PATH, params={**BETWEEN, "attrs": attribute, "format": "aggregatedValues", "aggrMethods": methods, **params}
    )
    assert answer.status_code == 200, answer.content
    return answer.json()[attribute]


def whole(broker, attribute, methods=ALL):
    """Return what each method gives over the whole hour."""
    found = added(broker, attribute, methods)
    assert found.pop("type") in ("Property", "ListProperty", "Relationship")
    assert all(periods == [[periods[0][0], BETWEEN["timeAt"], BETWEEN["endTimeAt"]]] for periods in found.values())
    return {method: periods[0][0] for method, periods in found.items()}


def test_4_5_19_numbers_by_every_method(reader):
    found = whole(reader, "speed")
    assert found.pop("stddev") == pytest.approx(24.2212, abs=1e-4)
    assert found.pop("avg") == pytest.approx(93.3333, abs=1e-4)
    expected = {"totalCount": 6, "distinctCount": 4, "sum": 560, "min": 60, "max": 120, "sumsq": 55_200}
    assert found == expected


@pytest.mark.parametrize(
    "attribute, expected",
    [
        ("label", {"totalCount": 4, "distinctCount": 3, "min": "a", "max": "c"}),
        ("box", {"totalCount": 2, "distinctCount": 1}),
        ("owner", {"totalCount": 3, "distinctCount": 2}),
    ],
)
def test_4_5_19_values_that_are_no_numbers_by_what_applies(reader, attribute, expected):
    assert whole(reader, attribute) == expected


def test_4_5_19_booleans_count_as_one_and_nought(reader):
    assert whole(reader, "open", "sum,avg,min,max") == {"sum": 2, "avg": pytest.approx(2 / 3), "min": 0, "max": 1}


def test_4_5_19_arrays_count_by_their_size(reader):
    assert whole(reader, "list", "sum,avg,min,max") == {"sum": 6, "avg": 2, "min": 1, "max": 3}


def test_4_5_19_instances_in_series_and_rows_are_added_up_together(reader):
    assert whole(reader, "mixed", "totalCount,sum,max") == {"totalCount": 3, "sum": 7, "max": 4}


def test_4_5_19_periods_begin_where_the_query_does(reader):
    found = added(reader, "speed", "max,avg", aggrPeriodDuration="PT4M")
    assert found["max"] == [[120, at(0), at(4)], [120, at(4), at(8)]]
    assert found["avg"] == [[95, at(0), at(4)], [90, at(4), at(8)]]
    assert added(reader, "label", "max", aggrPeriodDuration="PT4M")["max"] == [["c", at(0), at(4)]]


@pytest.mark.parametrize("nothing", ["PT0S", "P0D", "0"])
def test_4_5_19_a_period_of_no_length_is_the_whole_range(reader, nothing):
    assert added(reader, "speed", "sum", aggrPeriodDuration=nothing) == added(reader, "speed", "sum")


def test_4_5_19_periods_of_calendar_months(broker, reader):
    days = ["2020-01-31", "2020-02-10", "2020-02-29", "2020-03-31"]
    rain = [{"type": "Property", "value": n, "observedAt": f"{day}T00:00:00Z"} for n, day in enumerate(days)]
    broker.post("temporal/entities", {"id": ID, "type": "Vehicle", "rain": rain})
    found = added(
        reader, "rain", "sum", aggrPeriodDuration="P1M", timeAt="2020-01-31T00:00:00Z",
        endTimeAt="2020-06-01T00:00:00Z",
    )  # fmt: skip
    first, second, third, fourth = (f"2020-{day}T00:00:00Z" for day in ("01-31", "02-29", "03-31", "04-30"))
    assert found["sum"] == [[1, first, second], [2, second, third], [3, third, fourth]]


@pytest.mark.parametrize(
    "relation", [{}, {"timerel": "before", "timeAt": at(59)}, {"timerel": "after", "timeAt": at(0)}]
)
def test_4_5_19_ranges_without_ends_go_as_far_as_the_instances(reader, relation):
    answer = reader.get(PATH, params={"format": "aggregatedValues", "aggrMethods": "sum", "attrs": "speed", **relation})
    end = relation["timeAt"] if relation.get("timerel") == "before" else at(5)
    assert answer.json()["speed"]["sum"] == [[560, at(0), end]]


def test_4_5_19_hours_of_an_endless_range_are_those_of_the_clock(reader):
    params = {"format": "aggregatedValues", "aggrMethods": "sum", "attrs": "speed", "aggrPeriodDuration": "PT1H"}
    found = reader.get(PATH, params=params).json()["speed"]["sum"]
    assert found == [[560, "2018-08-01T12:00:00Z", "2018-08-01T13:00:00Z"]]


def test_5_7_4_an_attribute_for_which_no_method_applies_is_refused(reader, error_of):
    params = {**BETWEEN, "format": "aggregatedValues", "aggrMethods": "sum,avg", "attrs": "label"}
    assert error_of(reader.get(PATH, params=params)) == (400, "InvalidRequest")


def test_4_5_19_queries_add_up_too(reader):
    params = {**BETWEEN, "type": "Vehicle", "format": "aggregatedValues", "aggrMethods": "sum"}
    [found] = reader.get("temporal/entities", params=params).json()
    assert found["speed"]["sum"][0][0] == 560
    assert "label" not in found
