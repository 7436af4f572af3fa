# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages for the guest's architecture."""
import glob
import os
import re
import subprocess

import paths

DEBIAN_ARCH = {"x86_64": "amd64", "i386": "i386"}[paths.ARCH]


class NotAvailable(Exception):
    pass


def unpack(directory, *packages):
    """Downloads packages and unpacks their files into the directory."""
    for package in _download(directory, *packages):
        subprocess.run(["dpkg-deb", "-x", package, directory], check=True)


def kernel(directory, meta_package):
    """The path of the vmlinuz of the kernel that a package such as linux-image-amd64 depends on, in the directory."""
    meta, = _download(directory, meta_package)
    depends = subprocess.run(["dpkg-deb", "-f", meta, "Depends"], check=True, capture_output=True, text=True).stdout
    os.unlink(meta)
    unpack(directory, re.search(r"linux-image-[^\s,]+", depends)[0])
    return glob.glob(f"{directory}/boot/vmlinuz-*")[0]


def _download(directory, *packages):
    tool = os.path.join(paths.REPO, "tools", "download")
    done = subprocess.run([tool, DEBIAN_ARCH, directory, *packages], capture_output=True, text=True)
    if done.returncode:
        raise NotAvailable(f"{', '.join(packages)} cannot be downloaded: {done.stderr.strip()}")
    return glob.glob(f"{directory}/*.deb")
