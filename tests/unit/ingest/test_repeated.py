"""Hashes that occur more than once are found exactly."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiegelstad.ingest.pipeline.session import repeated

HIGH = st.sampled_from([0, 1, 0xFFFF, 0x1_0000, 0xFFFF_FFFF])  # so that halves meet
HASHES = st.builds(lambda high, low: high << 32 | low, HIGH, st.integers(0, 5))


@settings(max_examples=200, deadline=None)
@given(st.lists(HASHES | st.integers(0, 2**64 - 1), max_size=60))
@example([])
@example([5, 5 + (1 << 32)])
@example([7 << 32, (7 << 32) + 2, 9])
def test_repeated_hashes_are_those_that_occur_more_than_once(hashes: list[int]) -> None:
    found = repeated(np.array(hashes, dtype=np.uint64))["h"].to_pylist()
    assert sorted(found) == sorted(one for one, times in Counter(hashes).items() if times > 1)
