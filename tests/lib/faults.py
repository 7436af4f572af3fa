# SPDX-License-Identifier: GPL-2.0-or-later
"""What the fault tests share: how many faults they try, the random generators, how each fault ended, and the state of a partition."""
import collections
import contextlib
import os
import random
import shutil
import subprocess
import tempfile

import guest
import paths

FORBIDDEN = ("wrong_resumes", "lost_images", "foreign_writes", "unsaved_offs")
LONG = bool(os.environ.get("KTEST_LONG"))
SEED = int(os.environ.get("KTEST_SEED") or 1)
APPLIANCE = {"bzImage": "bzImage_sum", "rootfs.gz": "rootfs_sum"}


def sized(short, long):
    """`short` in the usual run, `long` in the long one: how many to try, or what."""
    return long if LONG else short


class Tally:
    """Counts what was tried and how it ended. The runner adds up what the tests print of it."""

    def __init__(self, keys):
        self._counts = dict.fromkeys((*keys, *FORBIDDEN), 0)
        self._groups = {}

    def tried(self, key, group, ended):
        """Counts one more fault of the kind `key`, and how it ended."""
        self._counts[key] += 1
        self.saw(f"{key} {group}", ended)

    def saw(self, group, ended):
        """Counts how something ended that is worth telling but is no fault, such as the boot after a cut."""
        self._groups.setdefault(group, collections.Counter())[ended] += 1
        print(f"{group}: {ended}", flush=True)

    def forbidden(self, key, why, times=1):
        self._counts[key] += times
        print(f"{key}: {why}", flush=True)

    def lines(self):
        for group, ended in self._groups.items():
            yield f"{sum(ended.values())} {group}: " + ", ".join(f"{count} {what}" for what, count in sorted(ended.items()))
        yield f"seed={SEED} " + " ".join(f"{key}={count}" for key, count in self._counts.items())

    def bad(self):
        return [key for key in FORBIDDEN if self._counts[key]]


@contextlib.contextmanager
def tally(*keys):
    """A Tally of these kinds of faults; prints it however the test ends, and fails the test when something forbidden happened."""
    counts = Tally(keys)
    try:
        yield counts
    finally:
        for line in counts.lines():
            print(f"fault: {line}", flush=True)
    if counts.bad():
        raise AssertionError("this must not happen: " + ", ".join(counts.bad()))


def generator(name):
    """A random.Random of the seed and a name, so that one group's faults do not depend on how many another had."""
    return random.Random(f"{SEED} {name}")


def copy_disk(source, target):
    """Copies a disk, whose holes stay holes; returns `target`."""
    subprocess.run(["cp", "--sparse=auto", source, target], check=True)
    return target


def program(name):
    """One of the appliance's programs, to be run by the host."""
    link = os.path.join(paths.work(), name)
    if not os.path.lexists(link):
        os.symlink(os.path.join(paths.BUILD, paths.ARCH, "bin", "khibernate"), link)
    return link


def recover(disk):
    """Does to a file system what mounting it after a cut does: replays the journal and ends what was begun. Raises when it is damaged."""
    _repair(disk, "-fp")


def _repair(disk, *options):
    done = _e2fs("e2fsck", *options, disk)
    if done.returncode > 1:
        raise AssertionError(f"e2fsck of {disk}: status {done.returncode}: {done.stdout}{done.stderr}")


def _e2fs(name, *arguments):
    tool = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    return subprocess.run([tool, *arguments], capture_output=True, text=True)


@contextlib.contextmanager
def files_of(disk):
    """A directory with the files of an ext4 disk that no machine uses."""
    with tempfile.TemporaryDirectory(dir=paths.work()) as directory:
        _e2fs("debugfs", "-R", f"rdump / {directory}", disk).check_returncode()
        yield directory


def blocks_of(disk, name):
    """The numbers of the 4 KiB blocks that hold a file, in the file's order."""
    done = _e2fs("debugfs", "-R", f"blocks /{name}", disk)
    blocks = [int(number) for number in done.stdout.split()]
    if not blocks:
        raise RuntimeError(f"no blocks of {name}: {done.stderr}")
    return blocks


def lines_of(path):
    """A file's KEY=VALUE lines; none when it is not there."""
    if not os.path.exists(path):
        return {}
    with open(path, errors="replace") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)


def refusal(directory):
    """Why the appliance's programs would not resume the image in a directory; "" when every byte of it is what B saved."""
    done = subprocess.run([program("krestore"), "-q", "--verify", directory], capture_output=True, text=True, errors="replace")
    if done.returncode:
        return done.stderr.strip() or f"krestore: status {done.returncode}"
    meta = lines_of(os.path.join(directory, "hibernate.meta"))
    for name, key in APPLIANCE.items():
        done = subprocess.run([program("kimage"), "sum", "-q", os.path.join(directory, "khibernate", name)], capture_output=True, text=True)
        if done.stdout.split()[:1] != [meta.get(key)]:
            return f"khibernate/{name} is not what {key} says"
    return ""


def judge(disk):
    """What a boot would find on a recovered hibernating partition: (state, id, explanation).

    The state is "none", "whole" (would be resumed), "damaged" (says that it is ready, and is not), "blocked" (by resume.error),
    "consumed" or "snapshot".
    """
    text = guest.read_file(disk, "hibernate.meta")
    if text is None:
        return "none", "", ""
    meta = dict(line.split("=", 1) for line in text.decode(errors="replace").splitlines() if "=" in line)
    identity = meta.get("id", "")
    if meta.get("state") in ("consumed", "snapshot"):
        return meta["state"], identity, ""
    with files_of(disk) as directory:
        path = os.path.join(directory, "resume.error")
        if os.path.exists(path):
            return "blocked", identity, lines_of(path).get("reason", "")
        why = refusal(directory)
    return ("damaged" if why else "whole"), identity, why
