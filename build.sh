#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds khibernate: the appliance's kernel and rootfs.gz, and the files that a machine to be hibernated needs.
set -eu

cd "$(dirname "$0")"
# shellcheck source=/dev/null
. ./tools/deps.sh
# shellcheck source=/dev/null
. ./tools/kernel.sh
# shellcheck source=/dev/null
. ./tools/blkid.sh

export LC_ALL=C
umask 022

# Debian packages that the appliance's programs and libraries are taken from.
USERLAND_PACKAGES='busybox makedumpfile kexec-tools klibc-utils libklibc
    libc6 libdw1 libelf1 zlib1g liblzma5 libbz2-1.0 liblzo2-2 liblz4-dev libzstd-dev libblkid-dev'

# The files of images/ARCH, beside their checksums.
IMAGE_FILES='bzImage rootfs.gz hibernate.sh mkhibernate.sh common.sh install.sh khibernate'
# Links to khibernate in images/ARCH, by whose names it is called.
IMAGE_LINKS='kjump kimage kcheck kconf'

# Sizes that the files should not pass; if one does, the build warns.
BZIMAGE_LIMIT=4194304
ROOTFS_LIMIT=3145728

usage() {
    cat <<'USAGE'
Usage: ./build.sh [--arch x86_64|i386] [all|deps|programs|kernel|rootfs|check|demo|release|clean]

  all      everything, into images/ARCH (what is done without an argument)
  deps     only install the Debian packages that the build needs
  programs only our own programs, and the packages that they and rootfs.gz need, unpacked
  kernel   only images/ARCH/bzImage
  rootfs   only images/ARCH/rootfs.gz
  check    what to run before each commit: the tree's own text, shellcheck, clang-tidy, unit tests (tests/run unit)
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

# publish FILE FOLDER MODE: copies the file, unless the same one is there already.
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
        LOADER=/lib64/ld-linux-x86-64.so.2
        USERLAND_PACKAGES="$USERLAND_PACKAGES libxenmisc4.17 libxencall1 libxendevicemodel1 libxenevtchn1
            libxenforeignmemory1 libxengnttab1 libxentoolcore1 libxentoollog1"
        ;;
    i386)
        DEBIAN_ARCH=i386
        TRIPLET=i386-linux-gnu
        LOADER=/lib/ld-linux.so.2
        ;;
    *) die arch "unknown architecture $ARCH" 2 ;;
    esac
    OUT=build/$ARCH
    IMAGES=images/$ARCH
    STAGE=$OUT/stage
    PACKAGES=build/packages-$ARCH
    # Where the architecture is not this machine's, this machine's compiler makes our programs with the other architecture's musl.
    if [ "$(this_machine)" != "$ARCH" ]; then
        USERLAND_PACKAGES="$USERLAND_PACKAGES musl-dev"
        BUILD_PACKAGES="$BUILD_PACKAGES $FOREIGN_PACKAGES"
    fi
}

# --- deps

deps() {
    packages=$BUILD_PACKAGES
    [ "$verb" != demo ] || packages="$packages $GUEST_PACKAGES"
    # shellcheck disable=SC2086 # one word for each package
    need_packages build.sh $packages
    [ "$verb" != deps ] || say deps "everything is installed"
}

# --- kernel

kernel() {
    kernel_unpack
    kernel_build "$ARCH" "build-$ARCH" "build/kernel-$ARCH.log" kernel-config/common "kernel-config/$ARCH"
    mkdir -p "$IMAGES" "$OUT"
    publish "$KERNEL_TREE/build-$ARCH/arch/x86/boot/bzImage" "$IMAGES" 644
    warn_size "$IMAGES/bzImage" $BZIMAGE_LIMIT
}

# --- rootfs

userland_packages() {
    [ "$(cat "$PACKAGES/complete" 2>/dev/null)" != "$USERLAND_PACKAGES" ] || return 0
    say rootfs "downloading the user land's packages"
    rm -rf "$PACKAGES"
    # shellcheck disable=SC2086 # one word for each package
    tools/download "$DEBIAN_ARCH" "$PACKAGES" $USERLAND_PACKAGES ||
        die rootfs "the user land's packages could not be downloaded"
    echo "$USERLAND_PACKAGES" >"$PACKAGES/complete"
}

# Copies the specs file by which gcc uses musl (tools/musl-cc gives it to gcc). Its paths are changed to where musl is unpacked.
userland_compiler() {
    for specs in "$OUT"/userland/usr/lib/*-linux-musl/musl-gcc.specs; do
        [ ! -f "$specs" ] || sed "s|/usr/|$PWD/$OUT/userland/usr/|g" "$specs" >"$OUT/userland/musl-gcc.specs"
    done
}

userland_unpack() {
    cmp -s "$PACKAGES/complete" "$OUT/userland/complete" && return 0
    rm -rf "$OUT/userland"
    mkdir -p "$OUT/userland"
    for deb in "$PACKAGES"/*.deb; do
        dpkg-deb -x "$deb" "$OUT/userland" || die rootfs "$deb could not be unpacked"
    done
    userland_compiler
    cp "$PACKAGES/complete" "$OUT/userland"
}

programs() {
    userland
    blkid_build "$ARCH"
    mkdir -p "$OUT/bin"
    # The path of OUT is relative to src, so that no path of this machine gets into the binaries.
    make -s -C src ARCH="$ARCH" OUT="../$OUT/bin" || die rootfs "make -C src failed"
}

# The source may be a pattern.
stage_file() {
    for file in $2; do
        [ -f "$file" ] || die rootfs "rootfs/list names $file, which is not there"
        install -m "$3" "$file" "$STAGE$1"
    done
}

# Debian 12 has libraries both in /lib and in /usr/lib.
stage_lib() {
    for folder in "$OUT/userland/lib/$TRIPLET" "$OUT/userland/usr/lib/$TRIPLET"; do
        [ -f "$folder/${1##*/}" ] || continue
        install -m 755 "$folder/${1##*/}" "$STAGE$1"
        return 0
    done
    die rootfs "rootfs/list names $1, which no package of the user land has"
}

# Runs the appliance's busybox with the appliance's C library.
busybox_applets() {
    libraries=$OUT/userland/lib/$TRIPLET
    "$libraries/${LOADER##*/}" --library-path "$libraries" "$OUT/userland/bin/busybox" --list
}

stage_applets() {
    for applet; do
        if grep -Fqx -e "$applet" "$OUT/applets"; then
            ln -s busybox "$STAGE/bin/$applet"
        else
            echo "build.sh: rootfs: busybox has no applet $applet" >&2
            unknown_applets=yes
        fi
    done
}

stage_fill() {
    rm -rf "$STAGE"
    mkdir -p "$STAGE"
    busybox_applets >"$OUT/applets" || die rootfs "busybox does not run"
    sed -e "s|{userland}|$OUT/userland|g" -e "s|{bin}|$OUT/bin|g" -e "s|{loader}|$LOADER|g" \
        "rootfs/list.$ARCH" rootfs/list >"$OUT/list"
    unknown_applets=no
    while read -r kind path source mode; do
        case $kind in
        '' | '#'*) ;;
        dir) install -d -m "$source" "$STAGE$path" ;;
        file) stage_file "$path" "$source" "$mode" ;;
        lib) stage_lib "$path" ;;
        link) ln -s "$source" "$STAGE$path" ;;
        applets)
            # shellcheck disable=SC2086 # one word for each applet
            stage_applets $path $source $mode
            ;;
        *) die rootfs "rootfs/list has a line of no known kind: $kind" ;;
        esac
    done <"$OUT/list"
    [ $unknown_applets = no ] || exit 1
}

# What an ELF file must find to run: the libraries' names and the loader's path. Nothing for any other file.
elf_needs() {
    readelf -l -d -W "$1" 2>/dev/null |
        sed -n -e 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' -e 's/.*program interpreter: \(.*\)\]$/\1/p'
}

stage_check() {
    missing=$(find "$STAGE" -type f | sort | while read -r file; do
        for needed in $(elf_needs "$file"); do
            case $needed in
            /*) ;;
            "${LOADER##*/}") needed=$LOADER ;;
            *) needed=/lib/$needed ;;
            esac
            [ -f "$STAGE$needed" ] || echo "${file#"$STAGE"} needs $needed"
        done
    done)
    [ -n "$missing" ] || return 0
    echo "$missing" | while read -r line; do
        echo "build.sh: rootfs: $line, which rootfs/list does not have" >&2
    done
    exit 1
}

# The archive has sorted names, one date and no owner, so that nothing in it depends on this machine or on the time.
rootfs_pack() {
    find "$STAGE" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    (cd "$STAGE" && find . -mindepth 1 | sort | cpio -o -H newc --quiet --reproducible --owner=+0:+0) \
        >"$OUT/khibernate-$ARCH.cpio" || die rootfs "cpio could not pack $STAGE"
    # gzip writes the file's name into its header, by which kjump knows the architecture.
    touch -d "@$SOURCE_DATE_EPOCH" "$OUT/khibernate-$ARCH.cpio"
    gzip -9cN "$OUT/khibernate-$ARCH.cpio" >"$OUT/rootfs.gz"
}

rootfs_sizes() {
    echo '     bytes   gzipped  in rootfs.gz'
    find "$STAGE" -type f | while read -r file; do
        printf '%10d%10d  %s\n' "$(stat -c %s "$file")" "$(gzip -9nc "$file" | wc -c)" "${file#"$STAGE"}"
    done | sort -rn
    printf '%10d%10d  %s\n' "$(stat -c %s "$OUT/khibernate-$ARCH.cpio")" "$(stat -c %s "$OUT/rootfs.gz")" all
}

userland() {
    mkdir -p "$OUT"
    userland_packages
    userland_unpack
}

rootfs() {
    mkdir -p "$IMAGES"
    programs
    stage_fill
    stage_check
    rootfs_pack
    rootfs_sizes
    publish "$OUT/rootfs.gz" "$IMAGES" 644
    warn_size "$IMAGES/rootfs.gz" $ROOTFS_LIMIT
}

# --- all

# Only files that are there have a checksum, since ./build.sh kernel makes only one of them.
image_sums() {
    for file in $IMAGE_FILES; do
        [ ! -f "$IMAGES/$file" ] || (cd "$IMAGES" && sha256sum "$file")
    done >"$OUT/SHA256SUMS"
    publish "$OUT/SHA256SUMS" "$IMAGES" 644
}

all() {
    kernel
    rootfs
    # The other files that a machine needs that is to hibernate.
    for file in scripts/system/hibernate.sh scripts/system/mkhibernate.sh "$OUT/bin/khibernate"; do
        publish "$file" "$IMAGES" 755
    done
    for file in scripts/common.sh scripts/system/install.sh; do
        publish "$file" "$IMAGES" 644
    done
    for name in $IMAGE_LINKS; do
        ln -sfn khibernate "$IMAGES/$name"
    done
    image_sums
    say all "$IMAGES is complete"
}

# --- demo

demo() {
    all
    # The lock is given up: the demo only reads what was built, and others may want to build before it ends.
    exec 9>&-
    KTEST_ARCH=$ARCH exec tests/demo "$@"
}

# --- check

# tests/run all begins with the same; here only for one architecture.
check() {
    # tests/run builds what it needs, which takes the lock.
    exec 9>&-
    ARCHES=$ARCH exec tests/run unit
}

# --- release

release() {
    all
    name=khibernate-$(cat VERSION)-$ARCH
    folder=$OUT/release/$name
    rm -rf "$OUT/release"
    mkdir -p "$folder"
    for file in $IMAGE_FILES $IMAGE_LINKS SHA256SUMS; do
        cp -pP "$IMAGES/$file" "$folder"
    done
    install -d -m 755 "$folder/docs" "$folder/man"
    install -m 644 LICENSE "$folder"
    install -m 644 docs/install.md "$folder/docs"
    install -m 644 man/* "$folder/man"
    tar -C "$OUT/release" -cf "$OUT/$name.tar" --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
        --owner=0 --group=0 --numeric-owner "$name" || die release "tar could not pack $folder"
    gzip -9nf "$OUT/$name.tar"
    publish "$OUT/$name.tar.gz" images 644
    say release "images/$name.tar.gz is complete"
}

# --- clean

# The unpacked kernel source and the downloaded packages stay.
clean() {
    rm -rf "$OUT" "$IMAGES" "$KERNEL_TREE/build-$ARCH" "$BLKID_TREE/build-$ARCH"
}

# --- main

# One build at a time, as two in one tree would write the same files.
lock() {
    mkdir -p build
    exec 9>build/lock
    flock -n 9 && return 0
    say lock "another build in this tree has to end first"
    flock 9
}

wrong_usage() {
    echo "build.sh: usage: $1, see ./build.sh --help" >&2
    exit 2
}

main() {
    # --arch may stand anywhere, also among the demo's options, and is taken out. The other arguments keep their order.
    wanted='' left=$#
    while [ $left -gt 0 ]; do
        case $1 in
        --arch)
            [ $left -ge 2 ] || wrong_usage "--arch needs a name"
            wanted=$2 left=$((left - 1))
            shift
            ;;
        --arch=*) wanted=${1#*=} ;;
        *) set -- "$@" "$1" ;;
        esac
        shift
        left=$((left - 1))
    done
    verb=${1:-all}
    [ $# -eq 0 ] || shift
    case $verb in
    -h | --help)
        usage
        exit 0
        ;;
    -*) wrong_usage "unknown option $verb" ;;
    demo) ;;
    all | deps | programs | kernel | rootfs | check | release | clean) [ $# -eq 0 ] || wrong_usage "$verb takes no $1" ;;
    *) wrong_usage "there is no $verb" ;;
    esac
    [ -n "$wanted" ] || wanted=$(this_machine)
    set_architecture "$wanted"

    # This comes before the lock, since a daemon that an installation starts would keep the lock.
    [ "$verb" = clean ] || deps
    [ "$verb" != deps ] || return 0
    lock
    trap kernel_progress_stop EXIT
    trap 'exit 130' INT TERM HUP
    "$verb" "$@"
    case $verb in
    kernel | rootfs) image_sums ;;
    esac
}

main "$@"
