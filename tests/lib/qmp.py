# SPDX-License-Identifier: GPL-2.0-or-later
"""The QEMU machine protocol over a connected socket."""
import json
import select


class Qmp:
    def __init__(self, sock):
        self._socket = sock
        self._rest = b""
        self._replies = []
        self.events = []

    def execute(self, command, timeout=30, **arguments):
        """Returns what QEMU answers; raises OSError when QEMU has gone and RuntimeError when it refuses."""
        self._replies.clear()
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while not self._replies:
            if not self.receive(timeout):
                raise OSError(f"QMP: no answer to {command}")
        reply = self._replies.pop()
        if "error" in reply:
            raise RuntimeError(f"QMP: {command}: {reply['error']['desc']}")
        return reply["return"]

    def receive(self, timeout=0):
        """Reads what QEMU has sent; False when there was nothing."""
        if not select.select([self._socket], [], [], timeout)[0]:
            return False
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            return False
        if not data:
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for message in map(json.loads, filter(bytes.strip, lines)):
            if "event" in message:
                self.events.append(message)
            elif "return" in message or "error" in message:
                self._replies.append(message)
        return True

    def shutdown_reason(self):
        """Why QEMU ended by itself, such as guest-shutdown, guest-reset or guest-panic; None when it did not say."""
        while self.receive():
            pass
        reasons = [e["data"].get("reason") for e in self.events if e["event"] == "SHUTDOWN"]
        return reasons[-1] if reasons else None
