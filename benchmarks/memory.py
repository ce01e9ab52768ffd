"""How much memory this process takes at most while it does something (Linux)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Growth:
    """By how many megabytes the peak grew; known after the block."""

    mb: float = 0.0


@contextmanager
def growth() -> Iterator[Growth]:
    """Give by how much the peak of this process grows in the block.

    The peak begins anew (5 in clear_refs, see proc(5)): that of earlier measurements would hide it, and `ru_maxrss`
    begins, in a child, with the peak of its parent.
    """
    found = Growth()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _peak_kb()
    try:
        yield found
    finally:
        found.mb = (_peak_kb() - before) / 1024


def _peak_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])
