"""Where the demonstration keeps its files; read before Django is loaded."""

from pathlib import Path


def data_folder(var: Path, inhabitants: int, seed: int) -> Path:
    """Return where the files of an invented city are."""
    return var / "demo" / f"{inhabitants}-{seed}"
