# SPDX-License-Identifier: GPL-2.0-or-later
"""The disks of the test guest."""
import contextlib
import fcntl
import glob
import os
import shutil
import subprocess
import tempfile

import debian
import paths

GUEST = os.path.join(paths.REPO, "tests", "guest")
PROGRAMS = os.path.join(paths.OUT, "guest", paths.ARCH)
SCRIPTS = ("agent", "evidence", "shutdown")
GUEST_PROGRAMS = ("witness", "stamps", "fresh", "secret", "mapper", "hangup", "font")
ROOT_LABEL = "ktest-root"
IMAGES_DIRECTORY = "usr/lib/khibernate"
NO_HOST_FILES = ("SHA256SUMS",)


def make_root(path, size_mib=512, extra_files=None, **tree_options):
    """Makes A's root file system; for tree_options see root_tree()."""
    with root_tree(extra_files, **tree_options) as tree:
        make_file_system(path, size_mib, ROOT_LABEL, tree)


def make_initramfs(path, extra_files=None):
    """Makes an initramfs that is all of A, for a kernel whose disk drivers are modules."""
    with root_tree(extra_files) as tree, open(path, "wb") as archive:
        os.symlink("sbin/init", os.path.join(tree, "init"))
        names = subprocess.run(["find", "."], cwd=tree, check=True, capture_output=True).stdout
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, check=True, input=names, stdout=archive)


@contextlib.contextmanager
def root_tree(extra_files=None, stage=None, images=None, with_mke2fs=False):
    """Yields a directory with A's files: the appliance's user land, what khibernate installs in A, and tests/guest.

    extra_files maps a path in the guest to a file of the host, whose mode it keeps, or to bytes: mode 755 for a script, 644 otherwise.
    """
    build_programs()
    with tempfile.TemporaryDirectory(dir=paths.work()) as tree:
        shutil.copytree(stage or paths.stage(), tree, symlinks=True, dirs_exist_ok=True)
        _remove(os.path.join(tree, "init"))
        # klibc's mount has to be told the kind of file system. Without it, BusyBox's is found, which finds out by itself.
        _remove(os.path.join(tree, "lib", "klibc", "mount"))
        for directory in ("dev", "proc", "sys", "run", "tmp", "mnt", "root", "etc", "sbin", "usr/sbin", IMAGES_DIRECTORY):
            os.makedirs(os.path.join(tree, directory), exist_ok=True)
        _install_images(tree, images or paths.images())
        _install(tree, "sbin/init", os.path.join(GUEST, "init"))
        for name in SCRIPTS:
            _install(tree, f"usr/lib/ktest/{name}", os.path.join(GUEST, name))
        for name in GUEST_PROGRAMS:
            _install(tree, f"usr/lib/ktest/{name}", os.path.join(PROGRAMS, name))
        if with_mke2fs:
            _install_mke2fs(tree)
        for target, source in (extra_files or {}).items():
            _install(tree, target.lstrip("/"), source)
        yield tree


def make_file_system(path, size_mib, label, tree=None):
    """Makes an ext4 disk with the files of `tree`, if any."""
    with open(path, "wb") as disk:
        disk.truncate(size_mib << 20)
    content = ["-d", tree] if tree else []
    # Inode tables and journal are initialized now, as the guest's kernel would do it in the background later.
    host("mke2fs", "-q", "-t", "ext4", "-F", "-L", label, "-E", "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0",
           *content, path)


def read_file(disk, name):
    """The content of a file on an ext4 disk that no machine uses at the time; None if it is not there, or empty."""
    replay(disk)
    with tempfile.NamedTemporaryFile(dir=paths.work()) as copy:
        host("debugfs", "-R", f"dump /{name} {copy.name}", disk)
        return copy.read() or None


def replay(disk):
    """Replays the journal of an ext4 disk if its superblock says that this is needed, as mounting it does."""
    # dumpe2fs fails on a disk without a file system, which has no journal either.
    if "needs_recovery" in host("dumpe2fs", "-h", disk, fine=range(256)):
        host("e2fsck", "-p", "-E", "journal_only", disk, fine=(0, 1))


def fsck(disk):
    """Raises when an ext4 disk is not as a clean shutdown leaves it."""
    host("e2fsck", "-fn", disk)


def build_programs():
    os.makedirs(paths.OUT, exist_ok=True)
    # Tests run in parallel, but only one may build.
    with open(os.path.join(paths.OUT, "guest.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        host("make", "-s", "-C", GUEST, f"ARCH={paths.ARCH}", f"OUT={PROGRAMS}")


def _install_images(tree, images):
    for name in os.listdir(images):
        path = os.path.join(images, name)
        if os.path.islink(path):
            os.symlink(os.readlink(path), os.path.join(tree, IMAGES_DIRECTORY, name))
        elif name not in NO_HOST_FILES:
            _install(tree, os.path.join(IMAGES_DIRECTORY, name), path)
    os.symlink(f"/{IMAGES_DIRECTORY}/hibernate.sh", os.path.join(tree, "usr/sbin/hibernate.sh"))


def _install(tree, target, source):
    target = os.path.join(tree, target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    _remove(target)
    if isinstance(source, bytes):
        with open(target, "wb") as file:
            file.write(source)
        os.chmod(target, 0o755 if source.startswith(b"#!") else 0o644)
    else:
        shutil.copy2(source, target)


def _install_mke2fs(tree):
    """Adds Debian's mke2fs for the guest's architecture and its libraries, which the appliance's user land does not have."""
    with tempfile.TemporaryDirectory(dir=paths.work()) as directory:
        debian.unpack(directory, "e2fsprogs", "libext2fs2", "libblkid1", "libcom-err2", "libuuid1")
        _install(tree, "sbin/mke2fs", os.path.join(directory, "sbin", "mke2fs"))
        for library in glob.glob(f"{directory}/**/lib/*/lib*.so.*", recursive=True):
            _install(tree, f"lib/{os.path.basename(library)}", os.path.realpath(library))


def _remove(path):
    if os.path.lexists(path):
        os.unlink(path)


def host(program, *arguments, fine=(0,)):
    """Runs a program of the host and returns its output; with another status than the fine ones, what it said is the exception's text."""
    search = os.environ["PATH"] + ":/usr/sbin:/sbin"
    done = subprocess.run([shutil.which(program, path=search) or program, *arguments], capture_output=True, text=True)
    if done.returncode not in fine:
        raise RuntimeError(f"{program}: status {done.returncode}: {(done.stderr + done.stdout).strip()}")
    return done.stdout
