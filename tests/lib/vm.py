# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine that is booted, watched, lost, powered off and booted again."""
import itertools
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

import paths
from agent import Agent
from machine import Machine
from qmp import Qmp

TAIL_LINES = 12


class VMError(Exception):
    """Something that fails the test; the message ends with the tail of the console."""


class LostVM(VMError):
    pass


class AgentTimeout(VMError):
    pass


class CommandFailed(VMError):
    pass


class VM:
    """with VM(machine) as vm: vm.boot(); vm.wait_agent(); vm.check("true"); vm.poweroff()"""
    machine_type = Machine
    keeps_time = True  # the guest's clock runs as fast as the host's

    def __init__(self, machine, name="vm"):
        self.machine = machine
        self.console_path = os.path.join(paths.logs(), f"{name}-console.log")
        self.report_path = os.path.join(paths.logs(), f"{name}-report.log")
        self._qemu_path = os.path.join(paths.logs(), f"{name}-qemu.log")
        self._process = self._qmp = self._agent = self._keyboard = None
        self._sockets = []
        self._console_start = self._report_start = 0
        # Counted from the time, so that another VM object on the same guest takes no identity twice.
        self._identities = itertools.count(time.time_ns() // 1000)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    # power

    def boot(self, extra_append=""):
        """Starts a new emulator process: a cold boot of the machine."""
        if self._process:
            raise VMError("boot: the machine is on")
        self._console_start, self._report_start = (_size(path) for path in (self.console_path, self.report_path))
        self._start(extra_append)

    def _start(self, extra_append):
        memory = self._garbage_memory() if self.machine.garbage else None
        agent_socket, agent_peer = socket.socketpair()
        qmp_socket, qmp_peer = socket.socketpair()
        self._sockets = [agent_socket, qmp_socket]
        console, peers = _log_file("console", self.console_path), [agent_peer, qmp_peer]
        if self.machine.keyboard:
            self._keyboard, peer = socket.socketpair()
            self._sockets.append(self._keyboard)
            peers.append(peer)
            console = ["-chardev", f"socket,id=console,fd={peer.fileno()},logfile={self.console_path},logappend=on"]
        arguments = ["setpriv", "--pdeathsig", "KILL", *self.machine.arguments(extra_append, memory),
                     *console, "-serial", "chardev:console",
                     "-chardev", f"socket,id=agent,fd={agent_peer.fileno()}", "-serial", "chardev:agent",
                     *_log_file("report", self.report_path), "-serial", "chardev:report",
                     "-chardev", f"socket,id=qmp,fd={qmp_peer.fileno()}", "-mon", "chardev=qmp,mode=control"]
        with open(self._qemu_path, "ab") as log:
            self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             pass_fds=[peer.fileno() for peer in peers])
        for peer in peers:
            peer.close()
        if self._keyboard:
            threading.Thread(target=_drain, args=(self._keyboard,), daemon=True).start()
        agent_socket.settimeout(10)
        self._qmp = Qmp(qmp_socket)
        self._agent = Agent(agent_socket, self.check_alive)
        try:
            self._qmp.execute("qmp_capabilities")
        except OSError as error:
            self._process.wait()
            raise self._lost(f"QEMU did not start: {_tail(self._qemu_path, 3)}") from error
        finally:
            if memory:
                os.unlink(memory)

    def wait_exit(self, timeout, token=None, reason="guest-shutdown"):
        """Waits until the guest ends the emulator. The command that should do this, of which `token` is, must not come back before."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                # The guest is asked for its command seldom, since it has to hibernate besides.
                status = self._process.wait(min(3, max(0, deadline - time.monotonic())))
            except subprocess.TimeoutExpired:
                if token and (answer := self.answer(token)):
                    raise CommandFailed(self._message(f"came back with the machine still on: status {answer[0]}: {answer[1]}"))
                continue
            ended_by = self._ended_by(status)
            self._forget()
            if ended_by != reason:
                raise self._lost(f"the emulator ended with status {status} by {ended_by}, not by {reason}")
            return
        raise VMError(self._message(f"the machine is still on after {timeout} s"))

    def poweroff(self, timeout=60):
        """Shuts A down in order."""
        self.wait_exit(timeout, self.start("/usr/lib/ktest/shutdown"))

    def kill(self):
        """Cuts the power; nothing happens when it is off."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._forget()

    def is_on(self):
        return self._process is not None and self._process.poll() is None

    def qemu_pid(self):
        return self._process.pid

    def bytes_written(self):
        """How many bytes the emulator has written since it was started: what the guest wrote to its disks, and a few KiB of logs."""
        with open(f"/proc/{self.qemu_pid()}/io") as file:
            return int(dict(line.split(": ") for line in file)["wchar"])

    # the guest

    def wait_agent(self, timeout=120):
        """Returns the agent's pid once it answers."""
        pid = self._agent_of_running_vm().ping(timeout)
        if pid is None:
            raise AgentTimeout(self._message(f"no answer from the agent in {timeout} s"))
        return pid

    def start(self, command, timeout=60):
        """Starts a shell command in the guest and returns a token for wait(), be it in a later emulator process."""
        identity = next(self._identities)
        if self._agent_of_running_vm().run(identity, command, timeout) is None:
            raise AgentTimeout(self._message(f"the agent did not take a command in {timeout} s: {command}"))
        return identity

    def wait(self, token, timeout=120):
        """Returns the exit status and the output of a command."""
        deadline = time.monotonic() + timeout
        pause = 0.02
        while (left := deadline - time.monotonic()) > 0:
            answer = self._agent_of_running_vm().poll(token, left)
            if answer == "unknown":
                raise LostVM(self._message("the agent does not know the command: the guest is not the one it was"))
            if isinstance(answer, tuple):
                return answer
            time.sleep(pause)
            pause = min(pause * 2, 1)
        raise AgentTimeout(self._message(f"a command was not done in {timeout} s"))

    def answer(self, token):
        """The exit status and the output of a command that has come back; None for one that has not, and when the machine has gone off."""
        try:
            answer = self._agent.poll(token, 1)
        except LostVM:
            return None
        return answer if isinstance(answer, tuple) else None

    def run(self, command, timeout=120):
        return self.wait(self.start(command, timeout), timeout)

    def check(self, command, timeout=120):
        """Returns the output of a command that must succeed."""
        status, output = self.run(command, timeout)
        if status:
            raise CommandFailed(self._message(f"{command}: status {status}: {output.strip()}"))
        return output

    def keys(self, command, timeout=120):
        """The KEY=VALUE lines that a command prints, as a dictionary."""
        return dict(line.split("=", 1) for line in self.check(command, timeout).splitlines() if "=" in line)

    def type(self, text):
        """Types on the serial console of a machine with a keyboard."""
        self.check_alive()
        self._keyboard.sendall(text.encode())

    # what was seen

    def console_text(self, this_boot=False):
        with open(self.console_path, "rb") as console:
            console.seek(self._console_start if this_boot else 0)
            return console.read().decode(errors="replace")

    def report_lines(self, this_boot=False):
        """The status lines of the appliance, by default of all boots, without one that is still being written."""
        with open(self.report_path, "rb") as report:
            report.seek(self._report_start if this_boot else 0)
            return report.read().rpartition(b"\n")[0].decode(errors="replace").splitlines()

    def wait_report(self, text, timeout=120):
        """Waits for a status line of this boot that has the text in it, or one of several texts, and returns the line."""
        return self._wait_line(lambda: self.report_lines(this_boot=True), f"report of \"{text}\"", text, timeout)

    def wait_console(self, text, timeout=120):
        """The same for a line of the console."""
        return self._wait_line(lambda: self.console_text(this_boot=True).splitlines(), f"\"{text}\" on the console", text, timeout)

    def qmp(self, command, **arguments):
        return self._qmp.execute(command, **arguments)

    # inside

    def _agent_of_running_vm(self):
        self.check_alive()
        return self._agent

    def _wait_line(self, lines, what, text, timeout):
        texts = [text] if isinstance(text, str) else text
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = not self.is_on()
            for line in lines():
                if any(each in line for each in texts):
                    return line
            if ended:
                self.check_alive()
            time.sleep(0.02)
        raise VMError(self._message(f"no {what} in {timeout} s"))

    def check_alive(self):
        if not self._process:
            raise LostVM(self._message("the machine is off"))
        status = self._process.poll()
        if status is not None:
            raise self._lost(f"the emulator ended with status {status} by {self._ended_by(status)}")

    def _ended_by(self, status):
        """Why the emulator, which has ended with this status, did so, such as guest-shutdown, guest-reset or guest-panic."""
        return self._qmp.shutdown_reason() if not status else None

    def _lost(self, what):
        return LostVM(self._message(f"lost VM: {what}"))

    def _message(self, what):
        return f"{what}\nconsole:\n{_tail(self.console_path, TAIL_LINES)}"

    def _forget(self):
        for sock in self._sockets:
            sock.close()
        self._process = self._qmp = self._agent = self._keyboard = None
        self._sockets = []

    def _garbage_memory(self):
        """A file of random bytes that becomes the machine's memory. QEMU does not clear it, so the machine starts with RAM full of garbage."""
        directory = "/dev/shm" if os.path.isdir("/dev/shm") else paths.work()
        pattern = os.urandom(1 << 20)
        with tempfile.NamedTemporaryFile(prefix="ktest-memory-", dir=directory, delete=False) as file:
            for _ in range(self.machine.memory_mib):
                file.write(pattern)
        return file.name


def _drain(sock):
    """Reads the console's output, which the log has already, and throws it away: with a full socket the guest would have to wait."""
    try:
        while sock.recv(65536):
            pass
    except OSError:
        pass


def _log_file(identity, path):
    return ["-chardev", f"file,id={identity},path={path},append=on"]


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def _tail(path, count):
    # There is none of an emulator that did not start.
    if not os.path.exists(path):
        return ""
    with open(path, "rb") as file:
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
