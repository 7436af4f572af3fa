# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages that build.sh and tests/run need, and how they are installed. Sourced, not run.
# shellcheck shell=sh disable=SC2034 # the lists are for those who source this file

# linux-source-6.12 is the kernel; the rest is what its build asks for with our configuration, and what packs the result.
# perl-base, sed, tar, util-linux and their like are on every Debian and are not named.
BUILD_PACKAGES='gcc libc6-dev binutils make ccache
    linux-source-6.12 flex bison bc libelf-dev patch xz-utils zstd gzip cpio
    musl-tools libxxhash-dev'

# To compile for the other of i386 and x86_64: the compiler's own libraries for it.
FOREIGN_PACKAGES='gcc-multilib'

# For the demo and for every test that boots a guest.
GUEST_PACKAGES='qemu-system-x86 python3 e2fsprogs lz4 zstd'

# For tests/source: what looks at the tree's own text, and the shells that run our scripts.
SOURCE_PACKAGES='git shellcheck clang-tidy cppcheck mandoc dash busybox klibc-utils'

# For the demo's recording in docs/; no test needs it.
RECORD_PACKAGES='termtosvg'

# For the fuzz targets: libFuzzer and the sanitizers are in a package of their own.
FUZZ_PACKAGES='clang libclang-rt-dev'

# What the stale image guard tells apart, made by the tools themselves; kmod puts modules in order; ovmf is UEFI; mandoc reads the
# manual pages.
TEST_PACKAGES='xfsprogs btrfs-progs f2fs-tools dosfstools util-linux kmod ovmf gdb'

# For the plots of tests/bench/run; no test needs it.
BENCH_PACKAGES='gnuplot-nox'

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    for package; do
        # A package can be there for several architectures: one that is installed is enough.
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# need_packages PROGRAM PACKAGE...: installs what is missing when root, otherwise says how to and fails.
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
    # A source that does not answer is no reason to stop: the installation tells whether what is needed was found.
    apt-get -qq update || true
    if ! DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" </dev/null; then
        echo "$program: deps: apt-get could not install $*" >&2
        return 1
    fi
}
