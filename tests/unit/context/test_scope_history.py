"""When an entity was of the scopes that are asked for."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.rules.documents import time_text
from spiegelstad.context.rules.scope_history import scope_instance, scopes_of, spans
from spiegelstad.context.rules.scopes import has_scopes, parse_scopes

START = datetime(2026, 1, 1, tzinfo=UTC)
SCOPES = ["/A", "/A/B", "/C"]
WANTED = [parse_scopes(text) for text in ("/A", "/A/#", "/C|/A/B", "(/A;/C)", "/#")]


def at(step):
    return START + timedelta(minutes=step)


histories = st.dictionaries(
    st.integers(0, 20), st.lists(st.sampled_from(SCOPES), unique=True, max_size=2), max_size=8
).map(lambda steps: [(at(step), scope_instance(scopes, time_text(at(step)))) for step, scopes in sorted(steps.items())])


@given(points=histories, wanted=st.sampled_from(WANTED), ends=st.tuples(st.integers(0, 20), st.integers(1, 10)))
def test_spans_hold_the_moments_of_which_the_last_scope_is_asked_for(points, wanted, ends):
    begin, end = at(ends[0]), at(ends[0] + ends[1])
    # As they are read: those in the time, and the one that stood already.
    earlier = [point for point in points if point[0] <= begin][-1:]
    read = earlier + [point for point in points if begin < point[0] < end]
    found = spans(read, wanted, (begin, end))
    for half in range(2 * (ends[0] - 1), 2 * (ends[0] + ends[1] + 1)):
        moment = START + half * timedelta(seconds=30)
        last = next((instance for since, instance in reversed(points) if since <= moment), None)
        expected = begin <= moment < end and last is not None and has_scopes(scopes_of(last), wanted)
        assert any(from_ <= moment < to for from_, to in found) == expected
    assert all(one[1] < other[0] for one, other in pairwise(found))
