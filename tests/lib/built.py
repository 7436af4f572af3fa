# SPDX-License-Identifier: GPL-2.0-or-later
"""The khibernate program that tests/source ask: the one that $KTEST_BIN names, else the one for this machine, which is built first."""
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
    # make is called always, since a program that is there may be older than the source.
    subprocess.run(["make", "-s", "-C", os.path.join(REPO, "src"), f"ARCH={arch}", f"OUT={out}"], check=True)
    return os.path.join(out, "khibernate")
