# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes the code of a running machine through QEMU's gdbstub.

The packets are those of GDB's remote serial protocol (the manual of GDB, appendix E).
"""
import os
import socket

JUMP_TO_ITSELF = b"\xeb\xfe"  # JMP rel8, on x86_64 and i386


def overwrite(vm, address, content):
    """Writes to the memory of the kernel that runs now, at a virtual address of that kernel. The machine stands still meanwhile."""
    # The path of a socket may have 107 bytes, which a working directory may exceed.
    path = os.path.join("/tmp", f"ktest-{os.getpid()}-gdb.socket")
    vm.qmp("human-monitor-command", **{"command-line": f"gdbserver unix:{path},server=on,wait=off"})
    with socket.socket(socket.AF_UNIX) as stub:
        stub.settimeout(30)
        stub.connect(path)
        _request(stub, f"M{address:x},{len(content):x}:{content.hex()}")
        # Detaching lets the machine go on.
        _request(stub, "D")
    vm.qmp("human-monitor-command", **{"command-line": "gdbserver none"})


def _request(stub, text):
    stub.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())
    # The report that the machine has stopped may come before any answer.
    while (answer := _packet(stub)).startswith(b"T"):
        pass
    if answer != b"OK":
        raise RuntimeError(f"gdbstub: {text}: {answer.decode(errors='replace')}")


def _packet(stub):
    """Returns the content of the next packet."""
    received = b""
    while len(received.partition(b"#")[2]) < 2:
        part = stub.recv(1)
        if not part:
            raise RuntimeError("gdbstub: it has gone")
        received += part
    stub.sendall(b"+")
    return received.partition(b"$")[2].partition(b"#")[0]
