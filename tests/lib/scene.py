# SPDX-License-Identifier: GPL-2.0-or-later
"""The usual guest of a boot test, with A's root disk and a hibernating partition, and what tests do with them."""
import contextlib
import gzip
import hashlib
import os
import subprocess
import tempfile

import cycle
import guest
import paths
from disk_server import DiskServer
from machine import Disk
from vm import VM


@contextlib.contextmanager
def running(memory_mib=512, partition_mib=None, buses=("virtio", "virtio"), witness_mib=32, witness_options="",
            extra_files=None, with_mke2fs=False, boot_append="", more_disks=(), root_server=None, vm_type=VM, **machine):
    """A, booted through the appliance, with a witness (unless witness_mib is 0) and an empty hibernating partition before more disks.

    The root is made, unless it is one that a DiskServer has."""
    root, partition = (os.path.join(paths.work(), name) for name in ("root.img", "partition.img"))
    if not root_server:
        guest.make_root(root, 256, extra_files, with_mke2fs=with_mke2fs)
    guest.make_file_system(partition, partition_mib or memory_mib + 256, "khibernate")
    first = Disk(root_server.image, buses[0], "writeback", root_server.url) if root_server else Disk(root, buses[0])
    disks = [first, Disk(partition, buses[1]), *more_disks]
    with vm_type(vm_type.machine_type(disks=disks, memory_mib=memory_mib, **machine)) as vm:
        vm.boot(boot_append)
        vm.wait_agent()
        if witness_mib:
            cycle.start_witness(vm, witness_mib, witness_options)
        yield vm


def rootfs_with(files):
    """The appliance's initramfs, and appended to it an archive of executable files (path -> content), which replace its own of that name."""
    with tempfile.TemporaryDirectory(dir=paths.work()) as tree:
        for name, content in files.items():
            os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
            with open(os.path.join(tree, name), "wb") as file:
                file.write(content)
                os.chmod(file.name, 0o755)
        archive = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input="\n".join(files).encode(), cwd=tree, check=True,
                                 capture_output=True).stdout
    with open(os.path.join(paths.images(), "rootfs.gz"), "rb") as rootfs:
        return rootfs.read() + gzip.compress(archive)


def script(name, *changes):
    """One of the appliance's scripts, as bytes, with `changes`, each (old, new); `old` has to be there once."""
    with open(os.path.join(paths.REPO, "scripts", "appliance", name), encoding="utf-8") as file:
        text = file.read()
    for old, new in changes:
        expect(text.count(old) == 1, f"{name} has changed: {old!r} is there {text.count(old)} times, not once")
        text = text.replace(old, new)
    return text.encode()


def rootfs_with_script(name, *changes):
    """The appliance's initramfs with one of its scripts changed as script() does it."""
    return rootfs_with({f"lib/khibernate/{name}": script(name, *changes)})


def as_file(name, content):
    """Writes a file in this test's directory; returns its path."""
    path = os.path.join(paths.work(), name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def disk_sum(path):
    with open(path, "rb") as disk:
        return hashlib.file_digest(disk, "sha256").hexdigest()


@contextlib.contextmanager
def served_root():
    """A's root on a DiskServer, for running()."""
    root = os.path.join(paths.work(), "root.img")
    guest.make_root(root, 256)
    with DiskServer(root, "root") as server:
        yield server


def discards(vm):
    """How many blocks of A's root were discarded since the emulator started, which a DiskServer does not see."""
    return sum(entry["stats"]["unmap_operations"] for entry in vm.qmp("query-blockstats") if entry["device"] == "disk0")


@contextlib.contextmanager
def paused(vm):
    """Stops the machine for as long as the context lasts; what it wrote can be read in its disks' files."""
    vm.qmp("stop")
    yield
    vm.qmp("cont")


def meta(vm):
    """hibernate.meta of the machine that is off, as a dictionary."""
    text = (guest.read_file(vm.machine.disks[1].path, "hibernate.meta") or b"").decode()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def put_file(disk, name, content):
    """Makes a file on an ext4 disk that no machine uses, or removes it when content is None."""
    guest.replay(disk)
    # debugfs writes into its current folder only: a / in the name would be a part of it.
    folder, base = os.path.split(name)
    commands = f"rm /{name}\ncd /{folder}\n"
    with tempfile.NamedTemporaryFile(dir=paths.work()) as new:
        if content is not None:
            new.write(content)
            new.flush()
            commands += f"write {new.name} {base}\n"
        subprocess.run(["debugfs", "-w", "-f", "-", disk], input=commands, text=True, check=True, capture_output=True,
                       env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})


def test_kernel(name):
    """The path of a kernel that only tests boot, or by an architecture's name the appliance's; it is built first unless it is up to date.

    The path with ".ko" behind it is the tests' own driver for that kernel, tests/kernels/stubborn."""
    built = os.path.join(paths.OUT, "kernels", name)
    subprocess.run([os.path.join(paths.REPO, "tests", "kernels", "build"), name], check=True)
    return built


def hibernate_fails(vm, reason, args="", command="hibernate.sh", timeout=180):
    """hibernate.sh has to come back with exit status 1 and one line that names the reason, and A has to go on."""
    before = cycle.evidence(vm)
    status, output = vm.run(f"{command} -q {args}", timeout)
    expect(status == 1, f"{command} {args}: status {status}, not 1: {output}")
    lines = [line for line in output.splitlines() if line.strip()]
    expect(len(lines) == 1 and lines[0].startswith("hibernate.sh: ") and reason in lines[0],
           f"{command} {args}: not one line with {reason!r}: {output}")
    cycle.check_resumed(vm, before)
    return lines[0]
