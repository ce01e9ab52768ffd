"""Chance without memory: the number for a moment depends on seed, stream and moment alone.

So the history in the files and the live sensors are one and the same process: any moment can be computed on its own,
in any order, again after a restart, and is always the same. SplitMix64 (Steele, Lea and Flood 2014) as the mixing
function.
"""

from __future__ import annotations

import numpy as np

from spiegelstad.demo.city.blocks import Ints
from spiegelstad.demo.city.terrain import Floats

_MASK = (1 << 64) - 1


def uniform(seed: int, stream: int, key: Ints) -> Floats:
    """Numbers from 0 up to 1 for whole-number keys; shape as the keys."""
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03) & _MASK)
    with np.errstate(over="ignore"):
        mixed = key.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, stream: int, key: Ints) -> Floats:
    """Standard normal numbers (Box-Muller)."""
    first = 1.0 - uniform(seed, 2 * stream + 1_000_003, key)
    second = uniform(seed, 2 * stream + 1_000_004, key)
    return np.asarray(np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second))


def smooth(seed: int, stream: int, seconds: Ints, step_s: int) -> Floats:
    """A wavering line of about standard deviation one that takes about `step_s` seconds to change its mind."""
    node = seconds // step_s
    share = (seconds % step_s) / step_s
    share = share * share * (3 - 2 * share)
    return normal(seed, stream, node) * (1 - share) + normal(seed, stream, node + 1) * share
