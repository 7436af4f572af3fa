# SPDX-License-Identifier: GPL-2.0-or-later
"""When A's processes run, and how much memory is available to them, as tests/bench/ticker.c tells through a serial port of its own."""
import os
import socket
import tempfile
import threading
import time
from typing import NamedTuple

TTY = "/dev/ttyS3"
# A tick comes every 20 ms. A guest that has been silent for as long as this does not run its processes.
SILENCE_S = 1


class Tick(NamedTuple):
    at: float  # when it arrived, by the host's monotonic clock
    number: int
    available_kib: int


class Ticks:
    """The host's end: each emulator that is started with arguments() connects to it anew."""

    def __init__(self):
        # Not in the test's own directory, whose path may be longer than a socket's may be.
        self._directory = tempfile.TemporaryDirectory(prefix="ticks-")
        self._path = os.path.join(self._directory.name, "socket")
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self._path)
        self._server.listen()
        self._ticks = []
        threading.Thread(target=self._serve, daemon=True).start()

    def arguments(self):
        return ["-chardev", f"socket,id=ticks,path={self._path}", "-device", "isa-serial,index=3,irq=5,chardev=ticks"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.close()
        self._directory.cleanup()

    def forget(self):
        self._ticks.clear()

    def seen(self):
        return list(self._ticks)

    def wait(self, timeout=60):
        """Returns the next tick that arrives. How long it takes is no figure of the bench: so the time-out is for what hangs."""
        count, deadline = len(self._ticks), time.monotonic() + timeout
        while len(self._ticks) <= count:
            if time.monotonic() > deadline:
                raise AssertionError(f"no tick of the guest in {timeout} s")
            time.sleep(0.005)
        return self._ticks[-1]

    def silent(self):
        """Whether A's processes seem to stand still."""
        return not self._ticks or time.monotonic() - self._ticks[-1].at > SILENCE_S

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def _take(self, connection):
        rest = b""
        with connection:
            while data := _receive(connection):
                now = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for words in map(bytes.split, lines):
                    # A line of anything else was cut by a power-off.
                    if len(words) == 2 and all(map(bytes.isdigit, words)):
                        self._ticks.append(Tick(now, *map(int, words)))


def _receive(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def pause(ticks, off, on):
    """How many seconds A's processes stood still in a cycle whose emulator ended at `off` and started again at `on`, without the time
    between these two. A tick that was on its way at the power-off and arrived later does not count as the first one after the resume."""
    before = [tick for tick in ticks if tick.at <= off]
    after = [tick for tick in ticks if tick.at >= on and before and tick.number > before[-1].number + 1]
    if not before or not after:
        raise AssertionError("no ticks of the guest before or after the hibernation")
    return off - before[-1].at + after[0].at - on
