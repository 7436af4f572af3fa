# SPDX-License-Identifier: GPL-2.0-or-later
"""When A's processes run, and how much memory they could have, as tests/bench/ticker tells through a serial port of its own."""
import os
import socket
import tempfile
import threading
import time
from typing import NamedTuple

TTY = "/dev/ttyS3"
# Ticks come every 20 ms; a guest that is silent for so long does not run its processes.
SILENCE_S = 1


class Tick(NamedTuple):
    at: float  # by the host's monotonic clock, when it arrived
    number: int
    available_kib: int


class Ticks:
    """The host's end: each emulator that is started with arguments() connects to it anew."""

    def __init__(self):
        # A path as short as a socket's has to be.
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
        """Whether no process of A runs, as far as can be told."""
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
                    # A line that a power-off has cut is passed over.
                    if len(words) == 2 and all(map(bytes.isdigit, words)):
                        self._ticks.append(Tick(now, *map(int, words)))


def _receive(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def pause(ticks, off, on):
    """Seconds that A's processes stood still around a cycle whose emulator ended at `off` and started again at `on`, without the
    time between. The first tick afterwards is one that was made after the resume, not one that was still on its way."""
    before = [tick for tick in ticks if tick.at <= off]
    after = [tick for tick in ticks if tick.at >= on and before and tick.number > before[-1].number + 1]
    if not before or not after:
        raise AssertionError("no ticks of the guest before or after the hibernation")
    return off - before[-1].at + after[0].at - on
