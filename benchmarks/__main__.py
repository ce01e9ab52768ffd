"""Run all benchmarks and print one Markdown table: `make bench`, or `python -m benchmarks --quick`.

Each `bench_*.py` has `main(quick) -> list[Row]`, and runs in a process of its own with a database of its own: neither
rows nor memory of one are in the way of another, and one that fails loses nothing of the others. A full run writes
docs/reference/benchmarks.md, each part as soon as it is measured; a quick run only prints.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click

from benchmarks.row import Row

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"
INTRODUCTION = """# Benchmarks

Written by `make bench`, a section for each file `benchmarks/bench_*.py`, at whose head stands how it measures. Ratios
against raw engines doing the same work on the same machine: medians of interleaved runs. Trust the ratios; seconds
differ with the machine and with what else it does. Memory is the growth of the peak of our process while it works.
What was tried stands in [what was tried to make it fast](../explanation/speed.md).
"""
HEADER = "| work | against | aim | ours | raw | found | memory | note |\n|---|---|---|--:|--:|--:|--:|---|"


def names() -> list[str]:
    """Return what can be measured, in the order of the files."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def seconds(value: float) -> str:
    """Return a duration with a unit and three digits."""
    if value <= 0:
        return "–"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"


def finding(row: Row) -> str:
    """Return the ratio as the aim asks for it: so many times the raw time, or so many times faster."""
    if row.raw_s <= 0:
        return "–"
    return f"{row.raw_s / row.ours_s:.3g} × faster" if row.raw_s > 3 * row.ours_s else f"{row.ratio:.2f} ×"


def line(row: Row) -> str:
    """Return a row of the table."""
    memory = f"{row.memory_mb:,.0f} MB" if row.memory_mb > 0 else "–"
    cells = (row.work, row.against, row.aim, seconds(row.ours_s), seconds(row.raw_s), finding(row), memory, row.note)
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Return what the numbers were measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def section(name: str, rows: list[Row]) -> str:
    """Return what the page says of one file of measurements."""
    when = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}."
    return "\n".join([f"## {name.capitalize()}", "", when, "", HEADER, *map(line, rows), ""])


def page(kept: str, measured: dict[str, str]) -> str:
    """Return docs/reference/benchmarks.md: what it was, `kept`, with the sections that were measured anew."""
    known = {text.split("\n", 1)[0].lower(): f"## {text}" for text in kept.split("\n## ")[1:]}
    return "\n".join([INTRODUCTION, *((known | measured)[name] for name in names() if name in known | measured)])


@click.command()
@click.option("--quick", is_flag=True, help="Small sizes, one run: to see that it works.")
@click.argument("chosen", nargs=-1)
def main(quick: bool, chosen: tuple[str, ...]) -> None:
    """Measure all, or those CHOSEN: points, observations, indicators and so on."""
    known = names()
    if unknown := set(chosen) - set(known):
        raise click.UsageError(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    wanted = [name for name in known if not chosen or name in chosen]
    if len(wanted) == 1:
        return _measure(wanted[0], quick)
    command = [sys.executable, "-m", "benchmarks", *["--quick"] * quick]
    if failed := [name for name in wanted if subprocess.run([*command, name], check=False).returncode]:
        raise click.ClickException(f"not measured: {', '.join(failed)}")


def _measure(name: str, quick: bool) -> None:
    """Print what is found, and keep it when it was measured in full."""
    with tempfile.TemporaryDirectory(prefix="spiegelstad-bench-") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)  # the database runs as another user when root starts it
        os.environ["SPIEGELSTAD_VAR"] = folder
        from spiegelstad.base import postgres

        started = time.monotonic()
        with postgres.running(scratch):
            found = section(name, import_module(f"benchmarks.bench_{name}").main(quick))
    click.echo(found)
    click.echo(f"{name}: {time.monotonic() - started:.0f} s", err=True)
    if not quick:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), {name: found}), encoding="utf-8")


if __name__ == "__main__":
    main()
