# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the tests find what was built and keep what they write."""
import atexit
import os
import shutil
import sys

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(REPO, "build")
OUT = os.path.join(BUILD, "tests")
# The guest's architecture. The runner sets it; a test that is started by hand gets this one.
ARCH = os.environ.get("KTEST_ARCH", "x86_64")
OTHER_ARCH = {"x86_64": "i386", "i386": "x86_64"}[ARCH]


def images(arch=ARCH):
    return os.path.join(REPO, "images", arch)


def stage():
    """The folder in which the build puts the appliance's user land together."""
    return os.path.join(BUILD, ARCH, "stage")


def _own_directory(variable, kind):
    """A directory of this test alone. The runner sets the variable to it; for a test that is started by hand it has the test's name."""
    path = os.environ.get(variable)
    if not path:
        group = os.path.basename(os.path.dirname(os.path.abspath(sys.argv[0])))
        path = os.path.join(OUT, kind, f"{group}-{os.path.basename(sys.argv[0])}")
        shutil.rmtree(path, ignore_errors=True)
        os.environ[variable] = path
        if kind == "work":
            atexit.register(shutil.rmtree, path, ignore_errors=True)
    os.makedirs(path, exist_ok=True)
    return path


def logs():
    return _own_directory("KTEST_LOGS", "logs")


def work():
    """A directory for disks and the like, which is removed after the test."""
    return _own_directory("KTEST_WORK", "work")
