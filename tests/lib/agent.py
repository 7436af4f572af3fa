# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's end of the serial line to tests/guest/agent, where the protocol is described.

The guest may be hibernated between two lines and go on in another emulator process on another socket. So every request may be
repeated, every answer names its request, and a line that makes no sense is passed over.
"""
import base64
import select
import time


class Agent:
    def __init__(self, sock, check_alive):
        self._socket = sock
        self._rest = b""
        self._check_alive = check_alive

    def ping(self, timeout):
        """Returns the agent's pid, or None if it did not answer in time."""
        number = time.monotonic_ns()
        answer = self._request(f"@ping {number}", f"=pong {number} ", timeout, interval=0.5)
        return None if answer is None else int(answer[0])

    def run(self, identity, command, timeout):
        text = base64.b64encode(command.encode()).decode()
        return self._job(identity, f"@run {identity} {len(text)} {text}", timeout)

    def poll(self, identity, timeout):
        """Returns "unknown", "running", a tuple of exit status and output, or None if the agent did not answer in time."""
        return self._job(identity, f"@poll {identity}", timeout)

    def _job(self, identity, request, timeout):
        answer = self._request(request, f"={identity} ", timeout, interval=2)
        if answer is None or answer[0] != "done":
            return answer and answer[0]
        return int(answer[1]), base64.b64decode("".join(answer[3:])).decode(errors="replace")

    def _request(self, request, prefix, timeout, interval):
        """Sends the request, again after each interval of silence; returns the words of the answer after its prefix."""
        deadline = time.monotonic() + timeout
        silent_until = 0
        while time.monotonic() < deadline:
            if time.monotonic() >= silent_until:
                # A power-off may have left half a line in the guest; the empty line ends it.
                self._send(f"\n{request}\n".encode())
                silent_until = time.monotonic() + interval
            for line in self._receive(0.1):
                words = line[len(prefix):].split()
                if line.startswith(prefix) and _whole(words):
                    return words
                silent_until = time.monotonic() + interval
        return None

    def _send(self, data):
        try:
            self._socket.sendall(data)
        except OSError:
            self._check_alive()

    def _receive(self, timeout):
        """The lines that have come in. Empty ones are among them, since they show that the guest lives."""
        # What a guest that has gone said before is read first.
        if not select.select([self._socket], [], [], timeout)[0]:
            self._check_alive()
            return []
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._check_alive()
            time.sleep(timeout)
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace").rstrip("\r") for line in lines] or [""]


def _whole(words):
    """Whether nothing of the line was lost: an answer with a text tells its length."""
    if words[:1] != ["done"]:
        return len(words) == 1
    return len(words) in (3, 4) and words[2] == str(len("".join(words[3:])))
