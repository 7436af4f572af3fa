# SPDX-License-Identifier: GPL-2.0-or-later
"""The khibernate program that tests/source ask: the one that $KTEST_BIN names, else the one for this machine, which is built first."""
import fcntl
import os
import platform
import re
import subprocess

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def khibernate():
    path = os.environ.get("KTEST_BIN")
    if path:
        return path
    arch = "i386" if re.fullmatch(r"i\d86", platform.machine()) else platform.machine()
    out = os.path.join(REPO, "build", arch, "bin")
    os.makedirs(out, exist_ok=True)
    # Tests run in parallel. make is called always, since a program that is there may be older than the source.
    with open(os.path.join(out, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", os.path.join(REPO, "src"), f"ARCH={arch}", f"OUT={out}"], check=True)
    return os.path.join(out, "khibernate")
