# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages that build.sh and tests/run need, and how they are installed. Sourced, not run.
# shellcheck shell=sh disable=SC2034 # the lists are for those who source this file

# linux-source-6.12 is the kernel; the others are what its build needs with our configuration, and what packs the result.
# Packages that every Debian has, such as perl-base, sed, tar and util-linux, are not named.
BUILD_PACKAGES='gcc libc6-dev binutils make ccache
    linux-source-6.12 flex bison bc libelf-dev patch xz-utils zstd gzip cpio
    musl-tools libxxhash-dev'

# With these the compiler of one of i386 and x86_64 can compile for the other.
FOREIGN_PACKAGES='gcc-multilib'

# The demo and every test that boots a guest need these.
GUEST_PACKAGES='qemu-system-x86 python3 e2fsprogs lz4 zstd'

# tests/source need these: programs that check the tree's own files, and the shells that run our scripts.
SOURCE_PACKAGES='git shellcheck clang-tidy cppcheck mandoc dash busybox klibc-utils'

# tests/record needs this; no test does.
RECORD_PACKAGES='termtosvg'

# The fuzz targets need these; the second one has libFuzzer and the sanitizers.
FUZZ_PACKAGES='clang libclang-rt-dev'

# Other tests need these: the tools make the file systems, layers and partition tables that they look at, kmod sorts modules, ovmf is a
# UEFI firmware. The last line is a second emulator, and GRUB on a CD, from which it boots.
TEST_PACKAGES='xfsprogs btrfs-progs f2fs-tools dosfstools ntfs-3g exfatprogs jfsutils nilfs-tools cryptsetup-bin fdisk
    util-linux kmod ovmf gdb
    bochs bochs-term bochsbios vgabios grub-pc-bin grub-common xorriso'

# The plots of tests/bench/run need this; no test does.
BENCH_PACKAGES='gnuplot-nox'

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    for package; do
        # A package may be there for several architectures. It is enough if one of them is installed.
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# need_packages PROGRAM PACKAGE...: installs what is missing if this is root; otherwise says how to install it, and fails.
need_packages() {
    program=$1
    shift
    # shellcheck disable=SC2046 # one word for each package
    set -- $(missing_packages "$@")
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "$program: deps: packages are missing, install them with: sudo apt-get install --no-install-recommends $*" >&2
        return 1
    fi
    echo "$program: deps: installing $*"
    # A source of packages that does not answer may not be needed; if it is, the installation fails.
    apt-get -qq update || true
    if ! DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" </dev/null; then
        echo "$program: deps: apt-get could not install $*" >&2
        return 1
    fi
}
