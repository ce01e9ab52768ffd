"""Files below the data folder, and files inside a zip."""

from __future__ import annotations

import hashlib
import os
import random
import zipfile
from pathlib import Path

import pytest
from pytest_django import Settings

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import FileTooLarge, SourceUnreachable, UnusableFile
from spiegelstad.ingest.fetch import archives, store
from spiegelstad.ingest.fetch.archives import input_files
from spiegelstad.ingest.fetch.files import find_files, keep_files
from spiegelstad.ingest.fetch.store import RawFile

CSV = Format(type="csv")


@pytest.fixture(autouse=True)
def _own_store(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.DATA = str(tmp_path / "data")
    (tmp_path / "data").mkdir()


def _kept(path: Path, name: str = "x.zip") -> RawFile:
    with path.open("rb") as file:
        return store.keep(name, store.pieces_of(file), 10**9)


def test_files_are_found_by_pattern_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / "data" / name).write_text(name)
    kept = keep_files("*.csv", 100)
    assert [(file.name, file.path.read_text()) for file in kept] == [("a.csv", "a.csv"), ("b.csv", "b.csv")]


def test_file_is_looked_for_in_the_own_folder_when_the_given_one_lacks_it(tmp_path: Path) -> None:
    own = tmp_path / "var" / "data"
    own.mkdir(parents=True)
    (own / "x.csv").write_text("own")
    assert keep_files("x.csv", 10)[0].path.read_text() == "own"
    (tmp_path / "data" / "x.csv").write_text("given")
    assert keep_files("x.csv", 10)[0].path.read_text() == "given"


def test_file_that_is_absent_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="No file matches"):
        keep_files("none*.csv", 10)
    (tmp_path / "data" / "x.csv").write_text("x" * 11)
    with pytest.raises(FileTooLarge):
        keep_files("x.csv", 10)


@pytest.mark.parametrize("size", [0, store.PIECE - 1, 2 * store.PIECE, 5 * store.PIECE + 17])
def test_kept_file_has_the_bytes_and_the_checksum_of_the_given_one(tmp_path: Path, size: int) -> None:
    given = random.Random(size).randbytes(size)
    (tmp_path / "x.bin").write_bytes(given)
    kept = _kept(tmp_path / "x.bin")
    assert kept.path.read_bytes() == given
    assert (kept.sha256, kept.bytes) == (hashlib.sha256(given).hexdigest(), size)


def test_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "data" / "x.csv").symlink_to(tmp_path / "secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "y.csv").write_text("secret")
    (tmp_path / "data" / "folder").symlink_to(tmp_path / "outside")
    for pattern in ("x.csv", "folder/y.csv"):
        with pytest.raises(UnusableFile, match="leaves the data folder"):
            find_files(pattern, [tmp_path / "data"])


def test_zip_gives_the_members_that_match(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr("b/two.csv", "2")
        packed.writestr("one.csv", "1")
        packed.writestr("readme.txt", "no")
        packed.writestr("__MACOSX/one.csv", "no")
        packed.writestr("../../escape.csv", "3")
    found = input_files([_kept(tmp_path / "x.zip")], CSV.model_copy(update={"member": "*.csv"}), tmp_path / "w", 1_000)
    assert [(file.name, file.path.read_text()) for file in found] == [
        ("x.zip/escape.csv", "3"), ("x.zip/two.csv", "2"), ("x.zip/one.csv", "1"),
    ]  # fmt: skip
    assert all(file.path.is_relative_to(tmp_path / "w") for file in found)


def test_zip_without_a_match_or_damaged_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("one.txt", "1" * 10_000)
    kept = _kept(tmp_path / "x.zip")
    with pytest.raises(UnusableFile, match=r"nothing in it matches `\*.csv`; it holds `one.txt`"):
        input_files([kept], CSV.model_copy(update={"member": "*.csv"}), tmp_path / "w", 100_000)
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-20])
    (tmp_path / "bent.zip").write_bytes(whole[:40] + b"\xff\x00\xff" + whole[43:])
    for name in ("cut.zip", "bent.zip"):
        with pytest.raises(UnusableFile, match="can't be read"):
            input_files([_kept(tmp_path / name, name)], CSV, tmp_path / name.removesuffix(".zip"), 100_000)


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros.csv", b"0" * 20_000_000)
    kept = _kept(tmp_path / "x.zip")
    with pytest.raises(FileTooLarge, match="20 MB together"):
        input_files([kept], CSV, tmp_path / "a", 1_000_000)
    monkeypatch.setattr(archives, "MAX_RATIO", 100)
    with pytest.raises(FileTooLarge, match="grows more than"):
        input_files([kept], CSV, tmp_path / "b", 10**9)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 0)
    with pytest.raises(FileTooLarge, match="1 files"):
        input_files([kept], CSV, tmp_path / "c", 10**9)


def test_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", b"0" * 1_000)
    content = (tmp_path / "x.zip").read_bytes().replace((1_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises((FileTooLarge, UnusableFile)):
        input_files([_kept(tmp_path / "x.zip")], CSV, tmp_path / "w", 10_000)


def test_raw_files_that_nothing_names_are_removed_once_no_run_can_be_about_to_name_them() -> None:
    kept, other, again, fresh = (store.keep("x", [text], 10) for text in (b"one", b"two", b"three", b"four"))
    unfinished = store.root() / "incoming" / "left by a killed run"
    unfinished.write_bytes(b"fi")
    for path in (kept.path, other.path, again.path, unfinished):
        os.utime(path, (0, 0))
    store.keep("x", [b"three"], 10)  # by a run that has not named it yet
    assert store.remove_others({kept.sha256}) == 2
    assert [one.path.exists() for one in (kept, other, again, fresh)] == [True, False, True, True]
    assert not unfinished.exists()


def test_file_that_is_there_already_is_not_written_again_unless_it_is_cut_short() -> None:
    first = store.keep("x", [b"one ", b"two"], 10)
    written = first.path.stat().st_ino
    assert store.keep("y", [b"one two"], 10).path.stat().st_ino == written
    first.path.write_bytes(b"one")
    assert store.keep("x", [b"one two"], 10).path.read_bytes() == b"one two"
    assert not any((store.root() / "incoming").iterdir())
