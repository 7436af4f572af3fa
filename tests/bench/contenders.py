# SPDX-License-Identifier: GPL-2.0-or-later
"""What the bench compares. Each contender hibernates the same guest at the same work, and has the same kind of disk."""
import contextlib
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass

import cycle
import guest
import paths
import scene
import ticks
from machine import Disk, Machine
from vm import VM, VMError

TIMEOUT_S = 600
# The text is repeated as often as is needed. No compressor notices that, since each looks at less than this at a time.
TEXT_MIB = 8
# Errors that end one measurement, but not the run.
FAILURES = (AssertionError, VMError, RuntimeError, OSError, ValueError, subprocess.SubprocessError)


class Refused(Exception):
    """The machine says that it cannot hibernate, and goes on."""


@dataclass(frozen=True)
class Workload:
    memory_mib: int
    used_mib: int
    kind: str = "random"  # what the used memory holds: random, text or mixed

    def name(self):
        return f"{self.memory_mib} MiB, {self.used_mib} MiB {self.kind}"


class Guest:
    """The guest of a workload, with a hibernating partition, a swap area and a ticker."""

    def __init__(self, workload, rootfs, clock):
        self.ticks = clock
        root, partition, swap = disks = [os.path.join(paths.work(), name) for name in ("root.img", "partition.img", "swap.img")]
        files = {"/usr/lib/khibernate/rootfs.gz": rootfs, "/usr/lib/ktest/ticker": os.path.join(guest.PROGRAMS, "ticker")}
        if workload.kind != "random":
            files["/root/text"] = text_like(TEXT_MIB << 20)
        guest.make_root(root, 256, files)
        # The partition is as mkhibernate.sh leaves it: the guest's appliance is on it.
        with tempfile.TemporaryDirectory(dir=paths.work()) as tree:
            os.mkdir(os.path.join(tree, "khibernate"))
            shutil.copy(os.path.join(paths.images(), "bzImage"), os.path.join(tree, "khibernate"))
            with open(os.path.join(tree, "khibernate", "rootfs.gz"), "wb") as file:
                file.write(rootfs)
            guest.make_file_system(partition, workload.used_mib + 1024, "khibernate", tree)
        with open(swap, "wb") as file:
            file.truncate((workload.memory_mib + 64) << 20)
        self.machine = Machine(disks=[Disk(path, cache="writeback") for path in disks], memory_mib=workload.memory_mib,
                               append="quiet loglevel=3 resume=/dev/vdc", extra=clock.arguments())


def text_like(size):
    """Bytes that compress as a language does: words, few of them often."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlucmfwypvbgkjqxz", range(26, 0, -1), k=chance.randint(2, 10)))
             for _ in range(20000)]
    often = [1 / (rank + 3) for rank in range(len(words))]
    return " ".join(chance.choices(words, often, k=size // 3)).encode()[:size]


@contextlib.contextmanager
def running(workload, rootfs, name):
    """The guest of a workload as (VM, Guest), at its work."""
    with ticks.Ticks() as clock:
        machine_guest = Guest(workload, rootfs, clock)
        with VM(machine_guest.machine, f"{name}-{workload.memory_mib}") as vm:
            vm.boot()
            vm.wait_agent(TIMEOUT_S)
            fill(vm, workload)
            vm.check(f"ticker {ticks.TTY} </dev/null >/dev/null 2>&1 &")
            next_tick(vm, clock)
            yield vm, machine_guest


def next_tick(vm, clock):
    """clock.wait(); when none comes, what A says of the ticker and its line is told: is it gone, or is it the line that stands still?"""
    try:
        return clock.wait()
    except AssertionError as error:
        said = vm.run("for pid in $(pidof ticker); do grep -E '^(State|SigPnd)' /proc/$pid/status; cat /proc/$pid/wchan; echo; done; "
                      "grep -E '^3:' /proc/tty/driver/serial; grep ttyS /proc/interrupts; sleep 1; grep ttyS3 /proc/interrupts")[1]
        raise AssertionError(f"{error}; A says: {' | '.join(said.split(chr(10)))}") from error


def fill(vm, workload):
    """Takes the memory that is to be in use into use. The random part is the witness's; of the text a checksum is kept."""
    random_mib = {"random": workload.used_mib, "text": 0, "mixed": workload.used_mib // 2}[workload.kind]
    cycle.start_witness(vm, max(random_mib, 1))
    text_mib = workload.used_mib - random_mib
    if text_mib:
        vm.check(f"for i in $(seq {text_mib // TEXT_MIB}); do cat /root/text; done >/tmp/text && "
                 "sha256sum /tmp/text >/tmp/sums", TIMEOUT_S)


def check(vm, before):
    cycle.check_resumed(vm, before)
    vm.check("[ ! -e /tmp/sums ] || sha256sum -c /tmp/sums", TIMEOUT_S)


def wait_off(vm, clock, token):
    """Waits for the power-off, in small steps, and returns vm.bytes_written() of that moment. Asks how the command went only while A's
    processes run."""
    deadline = time.monotonic() + TIMEOUT_S
    ask_at = time.monotonic() + 3
    # The bytes come first: an emulator that has ended still tells them, until is_on() waits for it.
    while (written := vm.bytes_written()) and vm.is_on():
        now = time.monotonic()
        if now > deadline:
            raise AssertionError(f"the machine is still on after {TIMEOUT_S} s")
        if now > ask_at and not clock.silent():
            answer = vm.answer(token)
            if answer and answer[0]:
                raise Refused(f"status {answer[0]}: {answer[1].strip()}")
            if answer:
                raise AssertionError(f"the command came back with the machine still on: {answer[1].strip()}")
            ask_at = now + 3
        time.sleep(0.005)
    return written


def down_and_up(vm, machine_guest, command, append=""):
    """One hibernation. Raises unless A goes on, and Refused when the machine does not hibernate. Returns
    down_s: seconds from the command to power-off; up_s: from power-on to A's answer; pause_s: seconds of them that A's processes
    stood still; written: bytes; peak_kib: by how much the memory that A could have (MemAvailable) fell below what it was.
    """
    clock = machine_guest.ticks
    before = cycle.evidence(vm)
    # What A has not written back yet is written now, so that it does not count for the contender.
    vm.check("sync")
    written = vm.bytes_written()
    clock.forget()
    available = next_tick(vm, clock).available_kib
    started = time.monotonic()
    token = vm.start(command)
    try:
        written = wait_off(vm, clock, token) - written
    except Refused:
        check(vm, before)
        raise
    off = time.monotonic()
    vm.wait_exit(10)
    on = time.monotonic()
    vm.boot(append)
    vm.wait_agent(TIMEOUT_S)
    up = time.monotonic() - on
    status, output = vm.wait(token, TIMEOUT_S)
    if status:
        raise AssertionError(f"{command}: status {status}: {output}")
    # What B's loading took is given back by the command, so the ticks up to here show it, whatever the last ones before did not.
    next_tick(vm, clock)
    seen = clock.seen()
    check(vm, before)
    return {"down_s": off - started, "up_s": up, "pause_s": ticks.pause(seen, off, on), "written": written,
            "peak_kib": max(0, available - min(tick.available_kib for tick in seen))}


def khibernate(vm, machine_guest, options):
    result = down_and_up(vm, machine_guest, f"hibernate.sh -q {options}")
    # The next contender finds the room free, and the disk's file has holes again where this one wrote.
    vm.check("mount -t ext4 /dev/vdb /mnt && rm -f /mnt/dump.* && busybox fstrim /mnt && umount /mnt")
    return result


def kernel(vm, machine_guest, compressor):
    vm.check("busybox blkdiscard /dev/vdc && busybox mkswap /dev/vdc >/dev/null && busybox swapon /dev/vdc && "
             f"echo {compressor} >/sys/module/hibernate/parameters/compressor && echo shutdown >/sys/power/disk")
    try:
        result = down_and_up(vm, machine_guest, "echo disk >/sys/power/state", f"hibernate.compressor={compressor}")
        # No tick comes while the kernel makes its snapshot, as processes are frozen. What it allocated is taken from its log.
        found = re.findall(r"PM: hibernation: Allocated (\d+) kbytes", vm.check("dmesg | grep hibernation:"))
        if not found:
            raise AssertionError("the kernel's log does not say what it allocated for the snapshot")
        return {**result, "peak_kib": max(result["peak_kib"], int(found[-1]))}
    finally:
        # A measurement that failed may have lost the guest.
        if vm.is_on():
            vm.check("busybox swapoff /dev/vdc", TIMEOUT_S)


CONTENDERS = {
    "khibernate": lambda vm, g: khibernate(vm, g, "--compress none"),
    "khibernate lz4": lambda vm, g: khibernate(vm, g, "--compress lz4"),
    "khibernate zstd": lambda vm, g: khibernate(vm, g, "--compress zstd"),
    "makedumpfile alone": lambda vm, g: khibernate(vm, g, "--writer makedumpfile"),
    "kernel lzo": lambda vm, g: kernel(vm, g, "lzo"),
    "kernel lz4": lambda vm, g: kernel(vm, g, "lz4"),
}


def measure(workload, names, rootfs):
    """One round: each contender in turn in the same running guest, as (name, result). A result that is none has a text:
    "refused" by the machine, which goes on, or "failed", after which the others get a new guest."""
    left = list(names)
    while left:
        try:
            with running(workload, rootfs, "bench") as (vm, machine_guest):
                while left:
                    try:
                        result = CONTENDERS[left[0]](vm, machine_guest)
                    except Refused as refused:
                        result = {"refused": str(refused)}
                    yield left.pop(0), result
        except FAILURES as failure:
            yield left.pop(0), _failed(failure)


def limits(workload, rootfs):
    """The seconds, measured inside B, C and C', of saving and restoring, of makedumpfile -E, and of dd and a memory copy of as many bytes.

    Where C restores, it puts the pages into place after it has said how long it took. For that the time of the memory copy is added.
    """
    with running(workload, rootfs, "limits") as (vm, _):
        before = cycle.evidence(vm)
        token = vm.start("hibernate.sh")
        vm.wait_exit(TIMEOUT_S, token)
        # By the word bench.limit C' only measures, and does not restore.
        vm.boot("bench.limit khibernate.direct=0")
        vm.wait_exit(TIMEOUT_S, reason="guest-reset")
        vm.boot()
        vm.wait_agent(TIMEOUT_S)
        vm.wait(token, TIMEOUT_S)
        check(vm, before)
        marks, seconds = {}, {}
        for line in vm.report_lines():
            words = line.split()
            if words[1:2] == ["bench"]:
                marks[words[2]] = float(words[3])
                restored_by = words[0]
        for name in ("save", "commit", "dd-save", "makedumpfile", "dd-restore", "copy", "restore"):
            if f"{name}-end" in marks:
                seconds[name] = marks[f"{name}-end"] - marks[f"{name}-start"]
        if restored_by == "boot:":
            read = re.findall(r"restoring: \d+ MiB in ([\d.]+) s", vm.console_text(this_boot=True))
            seconds["restore"] = float(read[-1]) + seconds["copy"]
        return seconds


def try_limits(workload, rootfs):
    """The result of limits(); where it failed, the text of why under the key that measure() uses."""
    try:
        return limits(workload, rootfs)
    except FAILURES as failure:
        return _failed(failure)


def _failed(failure):
    return {"failed": f"{type(failure).__name__}: {failure}"}


def instrumented_rootfs():
    """The appliance's initramfs with scripts that say the time at each step, and measure the limits beside their own work."""
    clock = "clock() { read -r up _ </proc/uptime; say \"bench $1 $up\"; }\n"
    save = scene.script("save.sh", ("save_or_give_up\nprintf", clock + "clock save-start\nsave_or_give_up\nclock save-end\n"
                                    "clock commit-start\nprintf"),
                        ("# From here the image is whole", """clock commit-end
if [ ! -e $run/measured ] && [ "$quiet" = 0 ]; then
    eval "$(kimage state $mnt)"
    clock dd-save-start
    /bin/dd if=/proc/vmcore of=$mnt/limit bs=1M count=$((dump_size >> 20)) conv=fsync 2>/dev/null
    clock dd-save-end
    rm $mnt/limit
    clock makedumpfile-start
    makedumpfile -E -d 17 /proc/vmcore $mnt/limit >/dev/null 2>&1
    clock makedumpfile-end
    rm -f $mnt/limit
fi
# From here the image is whole"""))
    here = "# shellcheck disable=SC2086 # no word when empty\nattempt DAMAGED restore krestore"
    restore = scene.script("restore.sh", (here, clock + """if grep -q bench.limit /proc/cmdline; then
    clock dd-restore-start
    /bin/dd if=$mnt/dump.elf of=/dev/null bs=1M 2>/dev/null
    clock dd-restore-end
    ram=$(kimage value $mnt/hibernate.meta ram)
    ram=${ram##*,}
    clock copy-start
    memcopy 0x${ram%-*} $((dump_size >> 20))
    clock copy-end
    umount $mnt
    reboot -n
    sleep 60
fi
clock restore-start
""" + here), ("attempt OTHER trampoline", "clock restore-end\nattempt OTHER trampoline"))
    # When it is done krestore says itself, since no script runs after it.
    boot = scene.script("boot.sh", ("\nresume_directly\n", f"\n{clock}clock direct-start\nresume_directly\n"))
    with open(os.path.join(guest.PROGRAMS, "memcopy"), "rb") as file:
        memcopy = file.read()
    return scene.rootfs_with({"lib/khibernate/save.sh": save, "lib/khibernate/boot.sh": boot,
                              "lib/khibernate/restore.sh": restore,
                              "sbin/memcopy": memcopy})
