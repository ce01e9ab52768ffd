"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing where nobody looks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What long work reports to. `total` None: not known yet."""

    def update(self, done: float, total: float | None = None, label: str | None = None) -> None:
        """Report `done` of `total` in any unit, with an optional new label."""


class Silent:
    """Reports nothing."""

    def update(self, done: float, total: float | None = None, label: str | None = None) -> None:
        """Do nothing."""


class _Lines:
    """A line every few seconds, for logs and pipes."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.next_at = 0.0

    def update(self, done: float, total: float | None = None, label: str | None = None) -> None:
        self.label = label or self.label
        if time.monotonic() >= self.next_at or (total and done >= total):
            share = f"{done / total:4.0%}" if total else f"{done:,.0f}"
            print(f"{share}  {self.label}", file=sys.stderr, flush=True)  # noqa: T201
            self.next_at = time.monotonic() + 3


@contextmanager
def track(label: str, total: float | None = None) -> Iterator[Progress]:
    """Show progress on standard error while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines(label)
        return
    from rich.console import Console  # noqa: PLC0415  slow to import, and only needed on a terminal
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description:<44}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task(label, total=total)

        class Terminal:
            def update(self, done: float, total: float | None = None, label: str | None = None) -> None:
                bars.update(bar, completed=done, total=total, description=label)

        yield Terminal()
