"""The web server: ``python -m spiegelstad.project.server --address 127.0.0.1 --port 8000 --threads 8``.

Granian in one process with threads, which ends with its supervisor and finishes what it is answering before it does.
"""

import argparse
import atexit
import gc
import os
import signal
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server as Granian

from spiegelstad.base import logs
from spiegelstad.base.child_start import end_with_parent
from spiegelstad.project import environment

STOP_PATIENCE_S = 8
SPARE_CONNECTIONS = 4
"""For what works beside the threads that answer: each of those keeps a connection on the short way."""


def _application(main_process: int) -> Callable[..., Any]:
    """Load the program in Granian's worker process, which Granian itself would leave behind if it were killed."""
    end_with_parent(main_process, signal.SIGTERM)
    from spiegelstad.base import counting, garbage  # noqa: PLC0415  only here: Granian's main process stays small
    from spiegelstad.look import drawing  # noqa: PLC0415
    from spiegelstad.project.wsgi import application  # noqa: PLC0415

    atexit.register(counting.keep_writing())
    drawing.warm()  # the first chart would otherwise pay for the engine's start
    gc.collect()
    gc.freeze()  # what is loaded stays: a batch of entities would pay half its time for looking through it again
    garbage.look_seldom()
    return application


def serve(*, address: str, port: int, threads: int, log_folder: Path) -> None:
    """Serve until a signal says to stop. Who opens the live context is heard on this machine only."""
    if environment.flag("OPEN_CONTEXT") and not _is_loopback(address):
        raise environment.WrongSetting("SPIEGELSTAD_OPEN_CONTEXT", f"is 1, so listen on 127.0.0.1, not on {address}")
    pool = max(environment.number("POOL", 12, 1, 200), threads + SPARE_CONNECTIONS)
    os.environ["SPIEGELSTAD_POOL"] = str(pool)  # for Granian's worker process
    server = Granian(
        "spiegelstad.project.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        workers_kill_timeout=STOP_PATIENCE_S,
        log_level=LogLevels.error,
        log_dictconfig=logs.configuration(log_folder, "web"),
    )
    server.serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)


def _is_loopback(address: str) -> bool:
    return address == "localhost" or ip_address(address).is_loopback


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--log-folder", type=Path, required=True)
    given = parser.parse_args()
    serve(address=given.address, port=given.port, threads=given.threads, log_folder=given.log_folder)


if __name__ == "__main__":
    main()
