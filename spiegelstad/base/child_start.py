"""Bind a process to its parent's life. Run as a script: do that, drop privileges if asked, and become another program.

``python -I -S child_start.py PARENT_PID SIGNAL USER ARGV...`` where USER is ``uid:gid`` or ``-``. A script of its own,
and not a function run between fork and exec, because that is unsafe in a process with threads. Only the standard
library, for a quick start.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # Linux, <sys/prctl.h>


def end_with_parent(parent: int, signal_number: int) -> None:
    """Have this process sent a signal when the thread that started it ends; ends at once when it has ended already.

    Does nothing on systems other than Linux.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("The parent ended before its child could start.")


def main() -> None:
    """Do what the module says; never returns."""
    parent, signal_number, user, *argv = sys.argv[1:]
    if user != "-":
        uid, gid = (int(number) for number in user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, which clears the setting; it survives exec.
    end_with_parent(int(parent), int(signal_number))
    os.execv(argv[0], argv)  # noqa: S606  there is nothing to quote


if __name__ == "__main__":
    main()
