"""Changes the code of a running machine through QEMU's gdbstub.

The packets are those of GDB's remote serial protocol (the manual of GDB, appendix E).
"""
import os
import socket

JUMP_TO_ITSELF = b"\xeb\xfe"  # JMP rel8, on x86_64 and i386


def overwrite(vm, address, content):
    """Writes to the memory of the kernel that runs now, at an address of its own; the machine stands still meanwhile."""
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
    os.unlink(path)


def _request(stub, text):
    stub.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())
    reply = b""
    while b"#" not in reply[:-2]:
        part = stub.recv(4096)
        if not part:
            raise RuntimeError(f"gdbstub: no answer to {text}")
        reply += part
    stub.sendall(b"+")
    if reply.partition(b"$")[2].partition(b"#")[0] != b"OK":
        raise RuntimeError(f"gdbstub: {text}: {reply}")
