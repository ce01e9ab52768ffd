"""Where the files of an invented city are; loads nothing, because a start asks it first."""

from pathlib import Path


def data_folder(var: Path, inhabitants: int, seed: int) -> Path:
    """Return the folder of one invented city."""
    return var / "demo" / f"{inhabitants}-{seed}"


def key_file(var: Path, tenant_id: str) -> Path:
    """Return where the API key of the live sensors is kept."""
    return var / "demo" / f"sensor-key-{tenant_id}"
