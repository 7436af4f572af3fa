#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prepares a hibernating partition: makes an ext4 file system with our label, and copies the appliance's kernel and initramfs to it.
# Refuses a device that is in use and, without --force, one that is not empty.
set -eu

here=$(dirname "$(readlink -f "$0")")
PATH=$here:$PATH
# shellcheck disable=SC2034 # for common.sh
role=hibernate run=/run/khibernate
mnt=/run/khibernate/mk
# shellcheck source=/dev/null
. "$here/common.sh"
# shellcheck source=/dev/null
. "$here/install.sh"

die() {
    printf 'mkhibernate.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

usage='usage: mkhibernate.sh [--force] [--label LABEL] DEVICE
       mkhibernate.sh --help | --version'
label=khibernate force='' device=''
while [ $# -gt 0 ]; do
    case $1 in
    --force) force=1 ;;
    --label)
        [ $# -ge 2 ] || die "$usage" 2
        label=$2
        shift
        ;;
    -h | --help)
        printf '%s\n' "$usage"
        exit 0
        ;;
    --version)
        kimage --version | sed 's/^kimage/mkhibernate.sh/'
        exit 0
        ;;
    -*) die "$usage" 2 ;;
    *)
        [ -z "$device" ] || die "$usage" 2
        device=$1
        ;;
    esac
    shift
done
[ -n "$device" ] || die "$usage" 2
# ext4 would cut a longer label, and then the partition could not be found by it.
case $label in
'' | ?????????????????*) die "options: a label has 1 to 16 characters: $label" 2 ;;
esac

[ -r "$here/khibernate" ] || die "start: $here/khibernate is missing"
! reason=$(why_not_here "$here/khibernate") || die "start: $reason"
# kcheck has said what is wrong.
kcheck preflight installation --here "$here" || exit 1
alone mkhibernate.sh ${force:+--force} --label "$label" "$device"
command -v mkfs.ext4 >/dev/null || die "start: mkfs.ext4 is missing (Debian package e2fsprogs)"
device=$(kcheck device --claim "$device") || exit 1
# Every file system and every partition table that could be destroyed here has something in the first MiB.
held=$(dd if="$device" bs=64k count=16 2>/dev/null | tr -d '\0' | head -c 1 | wc -c)
[ "$held" -eq 0 ] || [ -n "$force" ] || die "partition: $device is not empty; --force makes it a hibernating partition all the same"

mkfs.ext4 -q -F -L "$label" -m 0 -T largefile4 -E lazy_itable_init=0,lazy_journal_init=0 "$device" ||
    die "mkfs.ext4: $device"
mount_partition "$device" $mnt || die "mount: $device"
install_appliance "$here" $mnt || die "copy: the appliance does not fit on $device"
umount $mnt || die "umount: $device"
printf '%s is ready: hibernate.sh --partition LABEL=%s\n' "$device" "$label"
[ "$label" = khibernate ] ||
    printf 'The appliance has to be booted with khibernate.partition=LABEL=%s\n' "$label"
