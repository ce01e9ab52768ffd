"""The binary formats: what is written is what is read; NULL is not taken for a value."""

import numpy as np
import pytest

from spiegelstad.mirror.formats import pg_binary


def test_copy_in_lays_out_a_row_as_documented() -> None:
    payload = pg_binary.copy_in((b"gent", np.array([7], np.int64), np.array([-2], np.int16)), 1)
    row = b"\0\3" + b"\0\0\0\4gent" + b"\0\0\0\x08" + (7).to_bytes(8) + b"\0\0\0\2\xff\xfe"
    assert payload == b"PGCOPY\n\xff\r\n\0" + bytes(8) + row + b"\xff\xff"


def test_copy_out_reads_what_copy_in_wrote() -> None:
    numbers, values = np.arange(5, dtype=np.int64), np.linspace(-1, 1, 5)
    found = pg_binary.copy_out(pg_binary.copy_in((numbers, values), 5), {"a": "int64", "b": "float64"})
    assert found["a"].tolist() == numbers.tolist()
    assert found["b"].tolist() == values.tolist()


def test_copy_out_refuses_rows_of_another_length() -> None:
    payload = pg_binary.copy_in((np.arange(5, dtype=np.int64),), 5)
    with pytest.raises(ValueError, match="length"):
        pg_binary.copy_out(payload[:-2] + b"\0\1\xff\xff\xff\xff" + b"\xff\xff", {"a": "int64"})


@pytest.mark.parametrize("values", [[], [1, -5, 2**40]])
def test_arrays_survive(values: list[int]) -> None:
    column = np.array(values, np.int64)
    assert pg_binary.array_out(pg_binary.array(column)).tolist() == values
    assert pg_binary.array_out(pg_binary.moments(column)).tolist() == values


def test_days_survive() -> None:
    assert pg_binary.array_out(pg_binary.days(np.array([-25_567, 0, 20_000], np.int64))).tolist() == [
        -25_567,
        0,
        20_000,
    ]
