# SPDX-License-Identifier: GPL-2.0-or-later
"""What a test's virtual machine consists of, as QEMU's arguments."""
import os
from dataclasses import dataclass, field

import guest
import paths


@dataclass
class Disk:
    path: str
    bus: str = "virtio"  # virtio, nvme, ahci or scsi (virtio)
    cache: str = "unsafe"  # nothing is synced on the host, which outlives every test: what the guest has written is in its page cache
    file: str = ""  # by what QEMU opens the disk, if not by the path, such as DiskServer.url


@dataclass
class Machine:
    """The same Machine booted again is the same hardware after a power-off."""
    disks: list  # A's root first, then the hibernating disk
    arch: str = paths.ARCH
    kernel: str = ""  # default: the images of the architecture
    initrd: str = None  # "" for none
    append: str = ""
    console: str = "ttyS0"
    emulator: str = ""  # default: the architecture's
    type: str = "pc"  # pc or q35
    cpu: str = "max"  # or "oldest": about the oldest that the appliance runs on
    smp: int = 1
    memory_mib: int = 1024
    garbage: bool = False  # memory is full of random bytes at power-on, as it may be on real hardware
    keyboard: bool = False  # VM.type() can be used
    no_reboot: bool = True  # a reset ends the emulator: a crash shows at once
    extra: list = field(default_factory=list)

    def __post_init__(self):
        if self.cpu == "oldest":
            self.cpu = {"x86_64": "qemu64", "i386": "pentium3"}[self.arch]
        elif self.cpu == "max" and self.arch == "i386":
            # By its own name it would be an Athlon, and the kernel warns of a machine with two of those.
            self.cpu = "max,vendor=GenuineIntel"
        self.kernel = self.kernel or os.path.join(paths.images(self.arch), "bzImage")
        if self.initrd is None:
            self.initrd = os.path.join(paths.images(self.arch), "rootfs.gz")

    def device(self, index):
        """The guest's name of a disk. Of two on ahci it is not certain, since the kernel names them in the order in which they answer."""
        bus = self.disks[index].bus
        before = sum(disk.bus == bus for disk in self.disks[:index])
        return {"virtio": f"/dev/vd{chr(97 + before)}", "nvme": f"/dev/nvme{before}n1", "ahci": f"/dev/sd{chr(97 + before)}",
                "scsi": f"/dev/sd{chr(97 + before)}"}[bus]

    def command_line(self, extra_append=""):
        # Only an initramfs can find a root by its label.
        root = f"LABEL={guest.ROOT_LABEL}" if self.initrd else self.device(0)
        # A panic resets the machine at once, which ends the emulator. The last console= is /dev/console; here it is the only one.
        # Nobody sits in front of it, so a system is booted at once where an image is not resumed.
        # On a busy host the kernel may wait in vain for the ticks by which it tests its timer, and panic.
        parts = [f"console={self.console} khibernate.on_fail=boot root={root} rootfstype=ext4 rw init=/sbin/init panic=-1 loglevel=7",
                 "no_timer_check",
                 "ktest.agent=/dev/ttyS1 khibernate.report=/dev/ttyS2", self.append, extra_append]
        return " ".join(filter(None, parts))

    def arguments(self, extra_append, memory_file=None):
        """QEMU's arguments for all of the machine but the serial ports and the monitor."""
        machine = self.type
        arguments = [self.emulator or f"qemu-system-{self.arch}", "-accel", "tcg", "-nodefaults", "-no-user-config",
                     "-display", "none", "-vga", "std", "-rtc", "base=utc", "-cpu", self.cpu, "-smp", str(self.smp), "-m", str(self.memory_mib)]
        if memory_file:
            machine += ",memory-backend=memory"
            arguments += ["-object",
                          f"memory-backend-file,id=memory,size={self.memory_mib}M,mem-path={memory_file},share=on"]
        arguments += ["-machine", machine, "-kernel", self.kernel, "-append", self.command_line(extra_append)]
        if self.initrd:
            arguments += ["-initrd", self.initrd]
        if self.no_reboot:
            arguments.append("-no-reboot")
        if any(disk.bus == "ahci" for disk in self.disks):
            arguments += ["-device", "ich9-ahci,id=ahci"]
        if any(disk.bus == "scsi" for disk in self.disks):
            arguments += ["-device", "virtio-scsi-pci,id=scsi"]
        for index, disk in enumerate(self.disks):
            arguments += self._disk_arguments(index, disk)
        return arguments + self.extra

    def _disk_arguments(self, index, disk):
        port = sum(other.bus == "ahci" for other in self.disks[:index])
        device = {"virtio": f"virtio-blk-pci,drive=disk{index},serial=disk{index}",
                  "nvme": f"nvme,drive=disk{index},serial=disk{index}",
                  "ahci": f"ide-hd,bus=ahci.{port},drive=disk{index},serial=disk{index}",
                  "scsi": f"scsi-hd,bus=scsi.0,scsi-id={index},drive=disk{index},serial=disk{index}"}[disk.bus]
        return ["-drive", f"if=none,id=disk{index},format=raw,cache={disk.cache},discard=unmap,file={disk.file or disk.path}", "-device", device]
