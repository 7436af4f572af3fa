"""What is compared: each hibernates the same guest, doing the same work, on the same kind of disk."""
import os
import shutil
import tempfile
import time
from dataclasses import dataclass

import cycle
import guest
import paths
import scene
from machine import Disk, Machine
from vm import VM

TIMEOUT_S = 900


@dataclass(frozen=True)
class Workload:
    memory_mib: int
    used_mib: int
    kind: str = "random"  # what the used memory holds: random, text or mixed

    def name(self):
        return f"{self.memory_mib} MiB, {self.used_mib} MiB {self.kind}"


class Guest:
    """The guest of a workload, with a hibernating partition and a swap area."""

    def __init__(self, workload, rootfs):
        self.workload = workload
        self.paths = [os.path.join(paths.work(), name) for name in ("root.img", "partition.img", "swap.img")]
        root, partition, swap = self.paths
        guest.make_root(root, 256, {"/usr/lib/khibernate/rootfs.gz": rootfs})
        # As mkhibernate.sh leaves it: with the appliance that the guest has.
        with tempfile.TemporaryDirectory(dir=paths.work()) as tree:
            os.mkdir(os.path.join(tree, "khibernate"))
            shutil.copy(os.path.join(paths.images(), "bzImage"), os.path.join(tree, "khibernate"))
            with open(os.path.join(tree, "khibernate", "rootfs.gz"), "wb") as file:
                file.write(rootfs)
            guest.make_file_system(partition, workload.used_mib + 1024, "khibernate", tree)
        with open(swap, "wb") as file:
            file.truncate((workload.memory_mib + 64) << 20)
        disks = [Disk(path, cache="writeback") for path in self.paths]
        self.machine = Machine(disks=disks, memory_mib=workload.memory_mib, append="quiet loglevel=3 resume=/dev/vdc")

    def written(self):
        return sum(os.stat(path).st_blocks * 512 for path in self.paths[1:])


def fill(vm, workload):
    """The memory that is in use, with a sum for what the witness does not hold."""
    random_mib = {"random": workload.used_mib, "text": 0, "mixed": workload.used_mib // 2}[workload.kind]
    cycle.start_witness(vm, max(random_mib, 1))
    text_mib = workload.used_mib - random_mib
    if text_mib:
        vm.check(f"seq 1 100000000 | head -c {text_mib}M >/tmp/text && sha256sum /tmp/text >/tmp/sums", TIMEOUT_S)


def check(vm, before):
    cycle.check_resumed(vm, before)
    vm.check("[ ! -e /tmp/sums ] || sha256sum -c /tmp/sums", TIMEOUT_S)


def down_and_up(vm, machine_guest, command, append=""):
    """Seconds from the command to power-off and from power-on to A running, and bytes written; raises unless A goes on."""
    before = cycle.evidence(vm)
    written = machine_guest.written()
    # Written back now, or the first contender would pay for it.
    vm.check("sync")
    started = time.monotonic()
    token = vm.start(command)
    while vm.is_on():
        time.sleep(0.01)
    down = time.monotonic() - started
    vm.wait_exit(10)
    written = machine_guest.written() - written
    started = time.monotonic()
    vm.boot(append)
    vm.wait_agent(TIMEOUT_S)
    up = time.monotonic() - started
    status, output = vm.wait(token, TIMEOUT_S)
    if status:
        raise AssertionError(f"{command}: status {status}: {output}")
    check(vm, before)
    return {"down_s": down, "up_s": up, "written": written}


def khibernate(vm, machine_guest, options):
    result = down_and_up(vm, machine_guest, f"hibernate.sh -q {options}")
    # Room for the next one, and holes where it wrote.
    vm.check("mount -t ext4 /dev/vdb /mnt && rm -f /mnt/dump.* && busybox fstrim /mnt && umount /mnt")
    return result


def kernel(vm, machine_guest, compressor):
    vm.check(f"busybox blkdiscard /dev/vdc && busybox mkswap /dev/vdc >/dev/null && busybox swapon /dev/vdc && echo {compressor} >/sys/module/hibernate/parameters/compressor && "
             "echo shutdown >/sys/power/disk")
    result = down_and_up(vm, machine_guest, "echo disk >/sys/power/state", f"hibernate.compressor={compressor}")
    vm.check("busybox swapoff /dev/vdc")
    return result


CONTENDERS = {
    "khibernate": lambda vm, g: khibernate(vm, g, "--compress none"),
    "khibernate lz4": lambda vm, g: khibernate(vm, g, "--compress lz4"),
    "khibernate zstd": lambda vm, g: khibernate(vm, g, "--compress zstd"),
    "makedumpfile alone": lambda vm, g: khibernate(vm, g, "--writer makedumpfile"),
    "kernel lzo": lambda vm, g: kernel(vm, g, "lzo"),
    "kernel lz4": lambda vm, g: kernel(vm, g, "lz4"),
}


def measure(workload, names, rootfs):
    """One round: each contender in turn in the same running guest. Returns a dictionary by contender."""
    machine_guest = Guest(workload, rootfs)
    results = {}
    with VM(machine_guest.machine, f"bench-{workload.memory_mib}") as vm:
        vm.boot()
        vm.wait_agent(TIMEOUT_S)
        fill(vm, workload)
        for name in names:
            results[name] = CONTENDERS[name](vm, machine_guest)
    return results


def limits(workload, rootfs):
    """Inside B and C': the time of saving and restoring, of makedumpfile -E, and of dd and a memory copy of as many bytes."""
    machine_guest = Guest(workload, rootfs)
    with VM(machine_guest.machine, f"limits-{workload.memory_mib}") as vm:
        vm.boot()
        vm.wait_agent(TIMEOUT_S)
        fill(vm, workload)
        before = cycle.evidence(vm)
        token = vm.start("hibernate.sh")
        vm.wait_exit(TIMEOUT_S, token)
        # This time C' only measures, and leaves the image as it is.
        vm.boot("bench.limit")
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
        for name in ("save", "commit", "dd-save", "makedumpfile", "dd-restore", "copy", "restore"):
            if f"{name}-end" in marks:
                seconds[name] = marks[f"{name}-end"] - marks[f"{name}-start"]
        return seconds


def instrumented_rootfs():
    """The appliance's initramfs with clock readings in its scripts, and the limits measured beside what they do."""
    with open(os.path.join(paths.REPO, "scripts", "save.sh")) as file:
        save = file.read()
    with open(os.path.join(paths.REPO, "scripts", "restore.sh")) as file:
        restore = file.read()
    mark = "mark() { read -r up _ </proc/uptime; say \"bench $1 $up\"; }\n"
    save = _replace(save, "attempt save save_memory\n",
                    mark + "mark save-start\nattempt save save_memory\nmark save-end\nmark commit-start\n")
    save = _replace(save, "# From here the image is whole", """mark commit-end
if [ ! -e /run/khibernate/measured ] && [ -z "$quiet" ]; then
    mark dd-save-start
    /bin/dd if=/proc/vmcore of=$mnt/limit bs=1M count=$((size >> 20)) conv=fsync 2>/dev/null
    mark dd-save-end
    rm $mnt/limit
    mark makedumpfile-start
    makedumpfile -E -d 17 /proc/vmcore $mnt/limit >/dev/null 2>&1
    mark makedumpfile-end
    rm -f $mnt/limit
fi
# From here the image is whole""")
    restore = _replace(restore, "# shellcheck disable=SC2086 # no word when empty\nattempt restore krestore", mark + """if has_param bench.limit; then
    size=$(lookup $meta dump_size)
    mark dd-restore-start
    /bin/dd if=$mnt/dump.elf of=/dev/null bs=1M 2>/dev/null
    mark dd-restore-end
    ram=$(lookup $meta ram)
    ram=${ram##*,}
    mark copy-start
    memcopy 0x${ram%-*} $((size >> 20))
    mark copy-end
    umount $mnt
    reboot -n
    sleep 60
fi
mark restore-start
attempt restore krestore""")
    restore = _replace(restore, "entry=$(lookup $meta jump_back_entry)\n", "mark restore-end\nentry=$(lookup $meta jump_back_entry)\n")
    with open(os.path.join(guest.PROGRAMS, "memcopy"), "rb") as file:
        memcopy = file.read()
    return scene.rootfs_with({"lib/khibernate/save.sh": save.encode(), "lib/khibernate/restore.sh": restore.encode(),
                              "sbin/memcopy": memcopy})


def _replace(text, old, new):
    if old not in text:
        raise AssertionError(f"a script of the appliance has changed: no {old!r} in it")
    return text.replace(old, new)
