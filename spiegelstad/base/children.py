"""Child processes that never outlive the process that started them, however that one ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_START = Path(__file__).with_name("child_start.py")


@dataclass(frozen=True)
class SystemUser:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int


def start_child(
    argv: Sequence[str],
    *,
    output: IO[bytes] | int | None = None,
    environment: Mapping[str, str] | None = None,
    user: SystemUser | None = None,
    keep_open: Sequence[int] = (),
    death_signal: signal.Signals = signal.SIGTERM,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that gets ``death_signal`` when the calling *thread* ends (Linux ties it to the thread, not to
    the process).

    So call this from the main thread or from one that lives as long as the child should. The child has a session of its
    own: Ctrl-C in the terminal reaches only the parent, which stops its children in order. ``output`` receives stdout
    and stderr together.
    """
    who = "-" if user is None else f"{user.uid}:{user.gid}"
    start = [sys.executable, "-I", "-S", str(_START), str(os.getpid()), str(int(death_signal)), who]
    return subprocess.Popen(
        [*start, *argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if environment is None else dict(environment),
        pass_fds=tuple(keep_open),
        start_new_session=True,
        cwd=folder,
    )


def stop_child(child: subprocess.Popen[bytes], *, signals: Sequence[signal.Signals], patience_s: float = 10.0) -> int:
    """Ask a child to end with each signal in turn, waiting ``patience_s`` seconds after each; returns its exit code."""
    for number in signals:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
    return child.wait()
