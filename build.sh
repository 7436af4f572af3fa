#!/bin/sh
# Builds khibernate: the appliance's kernel and rootfs.gz, and the files that a machine to be hibernated needs.
set -eu

cd "$(dirname "$0")"
. ./tools/deps.sh

export LC_ALL=C
umask 022

KERNEL_PACKAGE=linux-source-6.12
KERNEL_TREE=build/$KERNEL_PACKAGE

# Debian packages that the appliance's programs and libraries are taken from.
USERLAND_PACKAGES='busybox makedumpfile kexec-tools klibc-utils libklibc
    libc6 libdw1 libelf1 zlib1g liblzma5 libbz2-1.0 liblzo2-2 libxenmisc4.17
    libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxentoolcore1 libxentoollog1'

# The one date in everything built, so that two builds of the same tree give the same bytes: 2025-01-01.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1735689600}"

# The aims for the sizes; going past one is worth a warning.
BZIMAGE_LIMIT=4194304
ROOTFS_LIMIT=3145728

usage() {
    cat <<'USAGE'
Usage: ./build.sh [--arch x86_64|i386] [all|deps|kernel|rootfs|demo|release|clean]

  all      everything, into images/ARCH (what is done without an argument)
  deps     only install the Debian packages that the build needs
  kernel   only images/ARCH/bzImage
  rootfs   only images/ARCH/rootfs.gz
  demo     all, then hibernate and resume a guest; options after "demo" go to tests/demo
  release  all, then images/khibernate-VERSION-ARCH.tar.gz
  clean    remove what was built for ARCH, but not what was unpacked or downloaded for it

ARCH is this machine's unless --arch names it.
USAGE
}

# --- helpers

die() {
    echo "build.sh: $1: $2" >&2
    exit "${3:-1}"
}

say() {
    echo "build.sh: $1: $2"
}

# publish FILE FOLDER MODE: copies, but leaves a copy alone that is the same already.
publish() {
    target=$2/$(basename "$1")
    [ -f "$1" ] || die images "$1 is missing"
    if ! cmp -s "$1" "$target"; then
        cp "$1" "$target.new"
        mv "$target.new" "$target"
    fi
    chmod "$3" "$target"
}

# warn_size FILE LIMIT: says how large a file is, and whether that is more than it should be.
warn_size() {
    size=$(stat -c %s "$1")
    say size "$1 is $size bytes"
    [ "$size" -lt "$2" ] || echo "build.sh: size: warning: $1 is not under $2 bytes" >&2
}

# --- architecture: all that differs between them

this_machine() {
    case $(uname -m) in
    x86_64) echo x86_64 ;;
    i?86) echo i386 ;;
    *) die arch "$(uname -m) is neither x86_64 nor i386, choose with --arch" ;;
    esac
}

set_architecture() {
    ARCH=$1
    case $ARCH in
    x86_64)
        DEBIAN_ARCH=amd64
        TRIPLET=x86_64-linux-gnu
        KERNEL_ARCH=x86_64
        LOADER=/lib64/ld-linux-x86-64.so.2
        ;;
    i386) die arch "i386: not supported yet" 2 ;;
    *) die arch "unknown architecture $ARCH" 2 ;;
    esac
    OUT=build/$ARCH
    IMAGES=images/$ARCH
    PACKAGES=build/packages-$ARCH
    KERNEL_OUT=$KERNEL_TREE/build-$ARCH
}

# --- deps

deps() {
    # shellcheck disable=SC2086 # one word for each package
    need_packages build.sh $BUILD_PACKAGES
}

# --- kernel

# The tree is named by what went into it, so that a newer package or another patch gives a new tree.
kernel_source_id() {
    dpkg-query -W -f '${Version}\n' $KERNEL_PACKAGE
    find kernel-config -name '*.patch' -type f | sort | xargs -r sha256sum
}

kernel_patch() {
    for patch in kernel-config/patches/*.patch; do
        [ -f "$patch" ] || continue
        patch -s -p1 -d "$1" <"$patch" || die kernel "$patch does not apply"
    done
}

kernel_unpack() {
    id=$(kernel_source_id)
    [ "$id" != "$(cat $KERNEL_TREE/.khibernate 2>/dev/null)" ] || return 0
    say kernel "unpacking $KERNEL_PACKAGE"
    # Only a whole and patched tree gets the name that the build uses.
    rm -rf $KERNEL_TREE.new
    mkdir -p $KERNEL_TREE.new
    tar -xJf /usr/src/$KERNEL_PACKAGE.tar.xz -C $KERNEL_TREE.new --strip-components=1
    kernel_patch $KERNEL_TREE.new
    echo "$id" >$KERNEL_TREE.new/.khibernate
    rm -rf $KERNEL_TREE
    mv $KERNEL_TREE.new $KERNEL_TREE
}

# The output folder is inside the source, so that the compiler and ccache see the same relative paths everywhere.
kernel_make() {
    make -C "$KERNEL_TREE" O="build-$ARCH" ARCH="$KERNEL_ARCH" CC='ccache gcc' -j"$(nproc)" \
        KBUILD_BUILD_TIMESTAMP="$(date -u -d "@$SOURCE_DATE_EPOCH")" \
        KBUILD_BUILD_USER=khibernate KBUILD_BUILD_HOST=khibernate KBUILD_BUILD_VERSION=1 "$@" >"$KERNEL_LOG" 2>&1
}

kernel_failed() {
    tail -n 20 "$KERNEL_LOG" >&2
    die kernel "make $1 failed, all of its output is in $KERNEL_LOG"
}

# Kconfig drops a line whose dependencies are not there without a word; name every such line.
kernel_config_check() {
    lost=$(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$1" | while read -r line; do
        case $line in
        \#*)
            symbol=${line#\# }
            ! grep -q "^${symbol%% *}=" "$2" || echo "$line"
            ;;
        *) grep -Fqx "$line" "$2" || echo "$line" ;;
        esac
    done)
    [ -z "$lost" ] && return 0
    echo "$lost" | while read -r line; do
        echo "build.sh: kernel: the configuration does not keep: $line" >&2
    done
    exit 1
}

kernel_configure() {
    fragment=$KERNEL_OUT/khibernate.fragment
    config=$KERNEL_OUT/khibernate.config
    mkdir -p "$KERNEL_OUT"
    cat kernel-config/common "kernel-config/$ARCH" >"$fragment"
    KCONFIG_ALLCONFIG=khibernate.fragment KCONFIG_CONFIG=khibernate.config kernel_make allnoconfig ||
        kernel_failed allnoconfig
    kernel_config_check "$fragment" "$config"
    # A .config that is only newer would have make look at everything again.
    cmp -s "$config" "$KERNEL_OUT/.config" || cp "$config" "$KERNEL_OUT/.config"
}

# Says how far the compilation is: each second on a terminal, elsewhere a line every ten seconds.
kernel_progress() {
    start=$(date +%s)
    while sleep 1; do
        elapsed=$(($(date +%s) - start))
        line="build.sh: kernel: $(grep -c '^  CC ' "$KERNEL_LOG") files compiled, $elapsed s"
        if [ -t 1 ]; then
            printf '\r%s' "$line"
        elif [ $((elapsed % 10)) -eq 0 ]; then
            echo "$line"
        fi
    done
}

kernel_progress_stop() {
    [ -n "$progress_pid" ] || return 0
    kill "$progress_pid" 2>/dev/null || true
    progress_pid=
    [ ! -t 1 ] || echo
}

kernel_compile() {
    : >"$KERNEL_LOG"
    # It must not keep the lock (9) once this script is gone.
    kernel_progress 9>&- &
    progress_pid=$!
    kernel_make bzImage || kernel_failed bzImage
    kernel_progress_stop
}

kernel() {
    KERNEL_LOG=build/kernel-$ARCH.log
    kernel_unpack
    kernel_configure
    kernel_compile
    mkdir -p "$IMAGES"
    publish "$KERNEL_OUT/arch/x86/boot/bzImage" "$IMAGES" 644
    warn_size "$IMAGES/bzImage" $BZIMAGE_LIMIT
}

# --- rootfs

# apt with a state of its own: it uses this machine's sources and keys, but for the appliance's architecture, without root,
# and what is installed here is neither looked at nor changed.
userland_apt() {
    state=$PWD/$PACKAGES/apt
    apt-get -qq -o "Dir::State=$state" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state" \
        -o "APT::Architecture=$DEBIAN_ARCH" -o "APT::Architectures::=$DEBIAN_ARCH" \
        -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

userland_download() {
    [ "$(cat "$PACKAGES/complete" 2>/dev/null)" != "$USERLAND_PACKAGES" ] || return 0
    say rootfs "downloading the user land's packages"
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES/apt/lists/partial" "$PACKAGES/apt/archives/partial"
    : >"$PACKAGES/apt/status"
    # A source that does not answer is no reason to stop: the download tells whether what is needed was found.
    userland_apt update || true
    # shellcheck disable=SC2086 # one word for each package
    (cd "$PACKAGES" && userland_apt download $USERLAND_PACKAGES) || die rootfs "the packages could not be downloaded"
    rm -rf "$PACKAGES/apt"
    echo "$USERLAND_PACKAGES" >"$PACKAGES/complete"
}

userland_unpack() {
    [ ! "$OUT/userland" -nt "$PACKAGES/complete" ] || return 0
    rm -rf "$OUT/userland" "$OUT/userland.new"
    mkdir -p "$OUT/userland.new"
    for deb in "$PACKAGES"/*.deb; do
        dpkg-deb -x "$deb" "$OUT/userland.new" || die rootfs "$deb could not be unpacked"
    done
    touch "$OUT/userland.new"
    mv "$OUT/userland.new" "$OUT/userland"
}

programs() {
    mkdir -p "$OUT/bin"
    # Relative to src: a path of this machine must not get into the binaries.
    make -s -C src ARCH="$ARCH" OUT="../$OUT/bin" || die rootfs "make -C src failed"
}

stage_file() {
    for source in $2; do
        [ -f "$source" ] || die rootfs "rootfs/list: there is no $source for $1"
        case $1 in
        */) install -m "$3" "$source" "$STAGE$1" ;;
        *) install -m "$3" "$source" "$STAGE$1" ;;
        esac
    done
}

# Debian 12 has libraries both in /lib and in /usr/lib.
stage_lib() {
    for folder in "$OUT/userland/lib/$TRIPLET" "$OUT/userland/usr/lib/$TRIPLET"; do
        [ -f "$folder/${1##*/}" ] || continue
        install -m 755 "$folder/${1##*/}" "$STAGE$1"
        return 0
    done
    die rootfs "rootfs/list: no package has the library $1"
}
