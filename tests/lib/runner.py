#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""runner.py [--tests DIR] [--out DIR] [--jobs N] [--pattern PATTERN] [--arch ARCH]... [--long] [--seed N] GROUP...: runs tests and
prints a verdict.

A test is an executable file in DIR/GROUP. The tests of the group "unit" are in OUT/unit/ARCH, where they are built from DIR/unit, and
in DIR/source, whose tests are about the tree itself. A test passes with status 0. It skips with status 77, and the last line of its
output is the reason. Among its first 20 lines "# timeout: SECONDS" overrides the default timeout, and "# architectures: ARCH..." says
for which it is meant. It is run once for each of these architectures, which it is told by $KTEST_ARCH; but the tests of the group
"runner" and those in DIR/source are run once, and without an architecture. "# long: ARCH..." says for which a test is left to --long; it
is run without that, too, when a PATTERN asks for it.

A test of the group "fault" prints lines "fault: TEXT", which are shown. In them KEY=NUMBER, for the keys of FAULTS, is what the test has
counted. The sums of all tests make the line before the last, and a test fails that has counted what must not happen. With --long,
$KTEST_LONG is set, and a test's "# long-timeout: SECONDS" counts. $KTEST_SEED is the number of --seed; without it 1, or with --long a
random one.
"""
import argparse
import concurrent.futures
import fnmatch
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

LIB = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(LIB)
OUT = os.path.join(os.path.dirname(TESTS), "build", "tests")
DEFAULT_TIMEOUT = 600
SKIPPED = 77
TAIL_LINES = 30
MUST_BE_ZERO = ("wrong_resumes", "lost_images", "foreign_writes", "unsaved_offs")
FAULTS = ("cuts", "flips", "io_errors", "malformed", *MUST_BE_ZERO)


class Runner:
    def __init__(self, tests, out, architectures, long=False):
        self.tests, self.out, self.architectures, self.long = tests, out, architectures, long
        self.counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
        self.left_to_long = 0
        self.faults = dict.fromkeys(FAULTS, 0)
        self._lock = threading.RLock()
        self._running = set()
        self._stopping = False

    def find(self, groups, pattern):
        """The tests as (name, path, timeout, architecture)."""
        found = []
        for directory, prefix, arch in self._directories(groups):
            for entry in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
                path, name = os.path.join(directory, entry), f"{prefix}/{entry}"
                if not (_is_test(path) and _matches(name, pattern) and _is_for(path, arch)):
                    continue
                if self.long or pattern or not _is_long(path, arch):
                    found.append((name, path, _timeout(path, self.long), arch))
                else:
                    self.left_to_long += 1
        return found

    def _directories(self, groups):
        """Yields where the tests of the groups are, as (directory, prefix of their names, architecture)."""
        for group in groups:
            if group == "unit":
                yield os.path.join(self.tests, "source"), "unit/source", None
            for arch in self.architectures if group != "runner" else [None]:
                directory = os.path.join(self.out, "unit", arch or "") if group == "unit" else os.path.join(self.tests, group)
                yield directory, f"{group}/{arch}" if arch else group, arch

    def build_unit_tests(self):
        """Builds OUT/unit for each architecture; where that fails, it counts as a failed test."""
        source = os.path.join(self.tests, "unit")
        for arch in self.architectures if os.path.exists(os.path.join(source, "Makefile")) else []:
            output = os.path.join(self.out, "unit", arch or "")
            os.makedirs(output, exist_ok=True)
            name = f"unit/{arch}/build" if arch else "unit/build"
            make = ["make", "-s", "-j2", "-C", source, *([f"ARCH={arch}"] if arch else []), f"OUT={output}"]
            if self._execute(name, make, DEFAULT_TIMEOUT, arch)[0]:
                self._report("FAIL", name, 0, "make failed")

    def run(self, test):
        name, path, timeout, arch = test
        if self._stopping:
            return
        start = time.monotonic()
        status, why = self._execute(name, [path], timeout, arch)
        seconds = time.monotonic() - start
        if self._stopping:
            return
        told, counted = self._faults_of(name)
        bad = [f"{key}={counted[key]}" for key in MUST_BE_ZERO if counted[key]]
        if status in (0, SKIPPED) and bad:
            self._report("FAIL", name, seconds, " ".join(bad), told)
        elif status == 0:
            self._report("PASS", name, seconds, told=told)
        elif status == SKIPPED:
            self._report("SKIP", name, seconds, (_tail(self._log(name), 1) or ["no reason given"])[0])
        else:
            self._report("FAIL", name, seconds, why, told)

    def _faults_of(self, name):
        """The lines that a fault test has printed for us, and what it has counted, which is added to the sums."""
        counted = dict.fromkeys(FAULTS, 0)
        if not name.startswith("fault/"):
            return [], counted
        with open(self._log(name), "rb") as file:
            told = [line[len("fault: "):] for line in file.read().decode(errors="replace").splitlines() if line.startswith("fault: ")]
        for line in told:
            for key, number in re.findall(r"(?<!\S)(\w+)=(\d+)(?!\S)", line):
                if key in counted:
                    counted[key] += int(number)
        with self._lock:
            for key, number in counted.items():
                self.faults[key] += number
        return told, counted

    def stop(self):
        """Ends the running tests and starts no more."""
        self._stopping = True
        with self._lock:
            for group in self._running:
                _kill_group(group)

    def _log(self, name):
        return os.path.join(self.out, "logs", name.replace("/", "-") + ".log")

    def _execute(self, name, command, timeout, arch):
        """Runs a command as a test. Returns its status, None for a timeout, and the same in words."""
        logs = self._log(name)[:-len(".log")]
        shutil.rmtree(logs, ignore_errors=True)
        os.makedirs(logs)
        work = tempfile.mkdtemp(prefix=name.replace("/", "-") + "-", dir=os.path.join(self.out, "work"))
        environment = {**os.environ, "KTEST_LOGS": logs, "KTEST_WORK": work, "PYTHONDONTWRITEBYTECODE": "1",
                       "PYTHONPATH": os.path.dirname(os.path.abspath(__file__)), **({"KTEST_ARCH": arch} if arch else {})}
        with open(self._log(name), "wb") as log, self._lock:
            if self._stopping:
                return None, "stopped"
            # The test gets a session of its own, so that everything it starts can be ended with it.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                                       start_new_session=True)
            self._running.add(process.pid)
        ended = _wait_unreaped(process.pid, timeout)
        with self._lock:
            # Whether the test passed or not, what it left running is ended.
            _kill_group(process.pid)
            self._running.discard(process.pid)
        status = process.wait()
        why = f"status {status}" if status >= 0 else f"signal {-status}"
        if not ended:
            status, why = None, f"timeout after {timeout} s"
        if not os.environ.get("KEEP"):
            shutil.rmtree(work, ignore_errors=True)
            if status == 0:
                shutil.rmtree(logs, ignore_errors=True)
        return status, why

    def _report(self, verdict, name, seconds, why="", told=()):
        lines = [f"{verdict} {name} ({seconds:.0f} s)" + (f": {why}" if why else ""), *(f"    {line}" for line in told)]
        if verdict == "FAIL":
            lines += self._failure_tails(name)
        with self._lock:
            self.counts[verdict] += 1
            print("\n".join(lines), flush=True)

    def _failure_tails(self, name):
        """Yields the ends of the test's own log and of those that it kept, such as serial logs."""
        logs = self._log(name)[:-len(".log")]
        kept = [os.path.join(logs, entry) for entry in sorted(os.listdir(logs)) if entry.endswith(".log")] if os.path.isdir(logs) else []
        for path in [self._log(name), *kept]:
            tail = _tail(path, TAIL_LINES)
            if tail:
                yield f"--- {os.path.relpath(path)}"
                yield from (f"    {line}" for line in tail)


def _is_test(path):
    name = os.path.basename(path)
    return os.path.isfile(path) and os.access(path, os.X_OK) and not name.endswith(".md") and not name.startswith("_")


def _matches(name, pattern):
    return pattern in name or any(fnmatch.fnmatchcase(each, pattern) for each in (name, name.rsplit("/", 1)[1]))


def _header(path, key):
    """The value of a test's line "# KEY: VALUE", or None."""
    with open(path, "rb") as file:
        head = b"".join(file.readline(1000) for _ in range(20))
    found = re.search(rb"^# %s: (.*)$" % key.encode(), head, re.MULTILINE)
    return found and found[1].decode().strip()


def _timeout(path, long):
    return int((long and _header(path, "long-timeout")) or _header(path, "timeout") or DEFAULT_TIMEOUT)


def _is_for(path, arch):
    named = _header(path, "architectures")
    return not (arch and named) or arch in named.split()


def _is_long(path, arch):
    return arch in (_header(path, "long") or "").split()


def _tail(path, count):
    with open(path, "rb") as file:
        return file.read().decode(errors="replace").splitlines()[-count:]


def _wait_unreaped(pid, timeout):
    """Whether the process ended in time. It is not reaped, so that its number, by which its group is killed, is nobody else's yet."""
    deadline = time.monotonic() + timeout
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def main():
    parser = argparse.ArgumentParser(prog="runner.py")
    parser.add_argument("--tests", default=TESTS)
    parser.add_argument("--out", default=OUT)
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS") or os.cpu_count()))
    parser.add_argument("--pattern", default="")
    parser.add_argument("--arch", action="append", dest="architectures")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("groups", nargs="+", metavar="GROUP")
    options = parser.parse_args()

    runner = Runner(os.path.abspath(options.tests), os.path.abspath(options.out), options.architectures or [None], options.long)
    seed = options.seed if options.seed is not None else random.randrange(1, 1 << 31) if options.long else 1
    os.environ["KTEST_SEED"] = str(seed)
    # This run decides, not the environment that it was started in.
    os.environ["KTEST_LONG"] = "1" if options.long else ""
    if options.long:
        os.environ.setdefault("KTEST_FAULT_SCALE", "20")

    def interrupted(number, _):
        runner.stop()
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)

    for directory in ("logs", "work"):
        os.makedirs(os.path.join(runner.out, directory), exist_ok=True)
    if "unit" in options.groups:
        runner.build_unit_tests()
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for future in [pool.submit(runner.run, test) for test in runner.find(options.groups, options.pattern)]:
            future.result()
    counts = runner.counts
    if "fault" in options.groups:
        print(f"fault: seed {seed}" + (", long" if options.long else ""))
        print(" ".join(f"{key}={number}" for key, number in runner.faults.items()))
    if runner.left_to_long:
        print(f"{runner.left_to_long} more tests are run with --long")
    print(f"{counts['PASS']} passed, {counts['FAIL']} failed, {counts['SKIP']} skipped")
    return 1 if counts["FAIL"] or not counts["PASS"] else 0


if __name__ == "__main__":
    sys.exit(main())
