# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine in Bochs, which has what QEMU's software emulation lacks, above all CET, and which checks what a CPU checks when control
registers are loaded. Its log names the check that failed. It is about ten times slower than QEMU.

The machine has a BIOS, one CPU and two ATA disks, whatever their bus says. It boots kernel and initrd by GRUB from a CD, which is
made for each boot. Its clock follows the instructions that were executed, not the host's clock, and is a day further at each boot.
"""
import fcntl
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
from dataclasses import dataclass

import guest
import paths
from agent import Agent
from machine import Machine
from vm import TAIL_LINES, VM

SERIAL_PORTS = 3
CONNECT_TIMEOUT_S = 60
DAY_S = 24 * 3600
# 256 KiB for each cylinder, so that every size in MiB fits.
HEADS, SECTORS, SECTOR_BYTES = 16, 32, 512
POWER_OFF = "ACPI control: soft power off"
TRIPLE_FAULT = "exception with no resolution"
RESET = "bx_pc_system_c::Reset("
# What a boot needs of GRUB; all of its modules would be ten times as much.
GRUB_MODULES = "biosdisk iso9660 linux normal"


@dataclass
class BochsMachine(Machine):
    cpu: str = "tigerlake"

    def device(self, index):
        return f"/dev/sd{chr(97 + index)}"

    def settings(self, cdrom, log, port, boot_time):
        """The lines of a bochsrc. The serial ports connect to the TCP port, one after the other."""
        lines = ["config_interface: textconfig", "display_library: term",
                 "romimage: file=/usr/share/bochs/BIOS-bochs-latest", "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest",
                 f"cpu: model={self.cpu}, count=1, ips=100000000, reset_on_triple_fault=0",
                 f"memory: guest={self.memory_mib}, host={self.memory_mib}", "pci: enabled=1, chipset=i440fx",
                 f"clock: sync=none, time0={boot_time}", "vga: extension=vbe, update_freq=1", "mouse: enabled=0",
                 *(f"com{n}: enabled=1, mode=socket-client, dev=127.0.0.1:{port}" for n in range(1, SERIAL_PORTS + 1)),
                 "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14", "ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15",
                 *(f"ata0-{place}: {_disk(disk.path)}" for place, disk in zip(("master", "slave"), self.disks, strict=True)),
                 f"ata1-master: type=cdrom, path={cdrom}, status=inserted", "boot: cdrom", f"log: {log}",
                 "panic: action=fatal", "error: action=report", "info: action=report", "debug: action=ignore"]
        return "\n".join(lines) + "\n"


def _disk(path):
    cylinders = os.path.getsize(path) // (HEADS * SECTORS * SECTOR_BYTES)
    return f"type=disk, mode=flat, path={path}, cylinders={cylinders}, heads={HEADS}, spt={SECTORS}"


class BochsVM(VM):
    """As VM, but for what only QEMU has: qmp(), type(), garbage in memory."""
    machine_type = BochsMachine
    keeps_time = False

    def __init__(self, machine, name="vm"):
        super().__init__(machine, name)
        self._log_path = os.path.join(paths.logs(), f"{name}-bochs.log")
        self._boots = 0
        self._folder = self._terminal = None
        self._threads = []
        self._log_read = self._resets = 0
        self._found = set()

    def _start(self, extra_append):
        self._folder = tempfile.mkdtemp(prefix="bochs-", dir=paths.work())
        cdrom, settings, commands = (os.path.join(self._folder, name) for name in ("cdrom.iso", "bochsrc", "commands"))
        self._make_cdrom(cdrom, extra_append)
        # Debian's Bochs has its debugger built in: it has to be told to go on, and when it stops for a reason of its own, to end.
        _write(commands, "continue\nquit\n")
        # The log of each boot is kept.
        if os.path.exists(self._log_path):
            os.rename(self._log_path, f"{self._log_path.removesuffix('.log')}-{self._boots}.log")
        self._log_read, self._resets, self._found = 0, 0, set()
        with socket.create_server(("127.0.0.1", 0), backlog=SERIAL_PORTS) as server:
            boot_time = int(time.time()) + self._boots * DAY_S
            _write(settings, self.machine.settings(cdrom, self._log_path, server.getsockname()[1], boot_time))
            self._boots += 1
            self._process = self._run(["-q", "-unlock", "-f", settings, "-rc", commands])
            self._sockets = self._connections(server)
        console, agent, report = self._sockets
        for sock, path in ((console, self.console_path), (report, self.report_path)):
            self._append(sock.fileno(), path)
        agent.settimeout(10)
        self._agent = Agent(agent, self.check_alive)

    def _run(self, arguments):
        # Its display is a terminal, and it wants one of at least this size.
        self._terminal, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "bochs", *arguments], stdin=terminal, stdout=terminal,
                                   stderr=terminal, cwd=self._folder, env={**os.environ, "TERM": "linux", "TZ": "UTC"})
        os.close(terminal)
        self._append(self._terminal, os.devnull)
        return process

    def _connections(self, server):
        """Bochs's ends of the serial ports."""
        server.settimeout(1)
        sockets = []
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while len(sockets) < SERIAL_PORTS:
            try:
                sockets.append(server.accept()[0])
            except TimeoutError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise self._lost("Bochs did not start") from None
        return sockets

    def _make_cdrom(self, path, extra_append):
        tree = os.path.join(self._folder, "cdrom")
        os.makedirs(os.path.join(tree, "boot", "grub"))
        lines = ["linux /bzImage " + " ".join(map(shlex.quote, self.machine.command_line(extra_append).split()))]
        shutil.copy(self.machine.kernel, os.path.join(tree, "bzImage"))
        if self.machine.initrd:
            shutil.copy(self.machine.initrd, os.path.join(tree, "initrd"))
            lines.append("initrd /initrd")
        _write(os.path.join(tree, "boot", "grub", "grub.cfg"), "\n".join([*lines, "boot", ""]))
        guest.host("grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", f"--install-modules={GRUB_MODULES}", "--fonts=", "--locales=",
                   "--themes=", "-o", path, tree)
        shutil.rmtree(tree)

    def _ended_by(self, status):
        self._read_log()
        if POWER_OFF in self._found:
            return "guest-shutdown"
        if TRIPLE_FAULT in self._found or self._resets > 1:
            return "guest-reset"
        return None

    def check_alive(self):
        self._read_log()
        # One reset is the power-on. After another one Bochs boots again, which QEMU is told not to do.
        if self._resets > 1 and self.is_on():
            self._process.kill()
            self._process.wait()
        super().check_alive()

    def _read_log(self):
        """Looks at what the log has got since this was called last."""
        if not os.path.exists(self._log_path):
            return
        with open(self._log_path, errors="replace") as log:
            log.seek(self._log_read)
            text = log.read()
            self._log_read = log.tell()
        self._resets += text.count(RESET)
        self._found |= {what for what in (POWER_OFF, TRIPLE_FAULT) if what in text}

    def _message(self, what):
        errors = []
        if os.path.exists(self._log_path):
            with open(self._log_path, errors="replace") as log:
                # Linux asks for many MSRs that Bochs does not have.
                errors = [line.rstrip() for line in log if re.match(r"\d+[ep]", line) and "Unknown register" not in line]
        return "\n".join([super()._message(what), "Bochs:", *errors[-TAIL_LINES:]])

    def _append(self, source, path):
        """Appends to a file what comes from a descriptor, from now on."""
        self._threads.append(threading.Thread(target=_copy, args=(source, open(path, "ab", buffering=0)), daemon=True))
        self._threads[-1].start()

    def _forget(self):
        # What the machine has said until its end is in the logs when this returns.
        for thread in self._threads:
            thread.join()
        super()._forget()
        os.close(self._terminal)
        shutil.rmtree(self._folder)
        self._threads = []


def _copy(source, file):
    with file:
        try:
            while data := os.read(source, 65536):
                file.write(data)
        except OSError:
            # So a terminal says that nobody has it open any more.
            pass


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
