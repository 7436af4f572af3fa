# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that a test serves to QEMU over NBD: it records what is written, and fails where the test says so.

It behaves like a disk with a volatile cache. A write is durable after a flush that was requested when the write had been answered
already. Writes are answered late on purpose, so that a flush does not cover writes that the guest did not wait for.
The protocol is that of https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, fixed newstyle with simple replies.
"""
import os
import select
import socket
import struct
import subprocess
import threading
from dataclasses import dataclass

import paths

SECTOR = 512
EIO = 5
READ, WRITE, DISCONNECT, FLUSH = range(4)
_OPTION_MAGIC, _REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
_REQUEST, _REPLY = struct.Struct(">IHHQQI"), struct.Struct(">IIQ")
_OPT_EXPORT_NAME, _OPT_ABORT, _OPT_GO = 1, 2, 7
_REP_ACK, _REP_INFO, _REP_UNSUPPORTED = 1, 3, 0x80000001
_HAS_FLAGS, _HAS_FLUSH = 1, 4
# How long the answer to a write is held back for a next request to come, and how many answers are held back at most.
_PATIENCE_S, _WAITING_MAX = 0.0005, 64


@dataclass
class Entry:
    """A recorded request: a write, or a flush that has made durable the writes among the first `covers` entries."""
    kind: int
    offset: int = 0
    size: int = 0
    at: int = 0  # where the log has the data
    covers: int = 0


class DiskServer:
    """with DiskServer(image) as disk: Disk(image, cache="writeback", file=disk.url)"""

    def __init__(self, image, name="disk"):
        self.image = image
        self.url = f"nbd:unix:{self._socket_path(name)}"
        self.entries = []
        # A test sets this while the machine runs. fault(kind, offset, size) is called for each request, which fails with EIO if it is true.
        self.fault = None
        self.failed = 0
        self.reads = 0
        self._log = open(os.path.join(paths.work(), f"{name}.log"), "w+b", buffering=0)
        self._log_size = 0
        self._file = os.open(image, os.O_RDWR)
        self._size = os.path.getsize(image)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.url.removeprefix("nbd:unix:"))
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @staticmethod
    def _socket_path(name):
        # The path of a socket may have 107 bytes, which a working directory may exceed.
        return os.path.join("/tmp", f"ktest-{os.getpid()}-{name}.socket")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # This makes accept() return.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        os.unlink(self.url.removeprefix("nbd:unix:"))
        os.close(self._file)
        # The log stays open, as tests look at what was recorded afterwards.

    def writes(self, start=0):
        """How many writes the entries from number `start` on have."""
        return sum(entry.kind == WRITE for entry in self.entries[start:])

    def data(self, entry):
        return os.pread(self._log.fileno(), entry.size, entry.at)

    def replace(self, image):
        """Gives the disk the content of another file, and starts its record anew; the machine has to be off."""
        os.close(self._file)
        os.rename(image, self.image)
        self._file = os.open(self.image, os.O_RDWR)
        self.restart()

    def restart(self):
        """Starts the record anew; it begins with what the disk holds now."""
        self.entries.clear()
        self._log.truncate(0)
        self._log_size = 0

    # the server

    def _serve(self):
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            with connection:
                try:
                    if self._negotiate(connection):
                        self._answer(connection)
                except (ConnectionError, EOFError):
                    # The emulator was killed.
                    pass

    def _negotiate(self, connection):
        connection.sendall(b"NBDMAGIC" + struct.pack(">QH", _OPTION_MAGIC, 3))
        _receive(connection, 4)
        while True:
            magic, option, size = struct.unpack(">QII", _receive(connection, 16))
            if magic != _OPTION_MAGIC:
                raise ConnectionError("no option")
            _receive(connection, size)
            flags = _HAS_FLAGS | _HAS_FLUSH
            if option == _OPT_EXPORT_NAME:
                connection.sendall(struct.pack(">QH", self._size, flags))
                return True
            if option == _OPT_GO:
                info = struct.pack(">HQH", 0, self._size, flags)
                connection.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, _REP_INFO, len(info)) + info +
                                   struct.pack(">QIII", _REPLY_MAGIC, option, _REP_ACK, 0))
                return True
            kind = _REP_ACK if option == _OPT_ABORT else _REP_UNSUPPORTED
            connection.sendall(struct.pack(">QIII", _REPLY_MAGIC, option, kind, 0))
            if option == _OPT_ABORT:
                return False

    def _answer(self, connection):
        waiting = []
        answered = len(self.entries)
        while True:
            if waiting and (len(waiting) >= _WAITING_MAX or not select.select([connection], [], [], _PATIENCE_S)[0]):
                connection.sendall(b"".join(waiting))
                waiting.clear()
                answered = len(self.entries)
            magic, _, kind, handle, offset, size = _REQUEST.unpack(_receive(connection, _REQUEST.size))
            if magic != 0x25609513:
                raise ConnectionError("no request")
            data = _receive(connection, size) if kind == WRITE else b""
            if kind == DISCONNECT:
                connection.sendall(b"".join(waiting))
                return
            error, content = self._do(kind, offset, size, data, answered)
            reply = _REPLY.pack(0x67446698, error, handle) + content
            if kind == WRITE:
                waiting.append(reply)
            else:
                connection.sendall(reply)

    def _do(self, kind, offset, size, data, answered):
        """Returns an error number and what was read."""
        fault = self.fault
        if fault and fault(kind, offset, size):
            self.failed += 1
            return EIO, b""
        if kind == READ:
            self.reads += 1
            return 0, os.pread(self._file, size, offset)
        if kind == WRITE:
            os.pwrite(self._file, data, offset)
            os.pwrite(self._log.fileno(), data, self._log_size)
            self.entries.append(Entry(WRITE, offset, size, self._log_size))
            self._log_size += size
        elif kind == FLUSH:
            self.entries.append(Entry(FLUSH, covers=answered))
        else:
            raise ConnectionError(f"request {kind}")
        return 0, b""


def _receive(connection, size):
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


class FirstWrite:
    """A fault that is none: what a machine had reported in this boot when its disk was first written to. The write waits until it has
    been looked, and the appliance's report is out before it goes on: so nobody has to stop the machine in time."""

    def __init__(self, vm):
        self._vm = vm
        self.reported = None

    def __call__(self, kind, *_):
        if kind == WRITE and self.reported is None:
            self.reported = self._vm.report_lines(this_boot=True)
        return False

    def came_after(self, text):
        """Whether the disk was written to, and a line with the text in it came before that."""
        return self.reported is not None and any(text in line for line in self.reported)


class History:
    """What a recorded disk may hold after its power was cut: all that is durable, and a random part of the rest.

    Positions are indexes of the server's entries, and have to be asked for in ascending order.
    """

    def __init__(self, server, base):
        """`base` is a copy of the disk as it was when its record began; it is changed."""
        self._entries, self._data = server.entries, server.data
        self._durable = base
        self._applied = 0

    def cut(self, target, position, random=None):
        """Makes `target` the disk after a cut behind so many entries. Without a random generator only what is durable has survived."""
        covered = max((entry.covers for entry in self._entries[:position] if entry.kind == FLUSH), default=0)
        with open(self._durable, "r+b", buffering=0) as image:
            for entry in self._entries[self._applied:covered]:
                self._write(image, entry, entry.size)
        self._applied = max(self._applied, covered)
        subprocess.run(["cp", "--sparse=auto", self._durable, target], check=True)
        if random is None:
            return
        survival = random.choice((0.1, 0.5, 0.9, 1))
        with open(target, "r+b", buffering=0) as image:
            for entry in self._entries[covered:position]:
                if random.random() < survival:
                    # A cut leaves whole sectors, but a write of several may have got only some of them.
                    torn = random.random() < 0.1
                    self._write(image, entry, random.randrange(0, entry.size, SECTOR) if torn and entry.size else entry.size)

    def _write(self, image, entry, size):
        if entry.kind == WRITE:
            os.pwrite(image.fileno(), self._data(entry)[:size], entry.offset)
