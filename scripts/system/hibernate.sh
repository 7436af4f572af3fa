#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Hibernates this running system: reads the settings, checks all that can be checked, prepares the hibernating partition,
# loads the appliance into the window and jumps into it. The appliance saves this system's memory and switches the machine
# off. After the next cold boot it puts the memory back and jumps here: then the call in jump() returns, and this script ends.
# shellcheck disable=SC2034,SC2154 # the settings, and what kimage says of an image, are variables; common.sh reads some of ours
set -eu

here=$0
[ ! -L "$here" ] || here=$(readlink -f "$here")
case $here in
*/*) here=${here%/*} ;;
*) here=. ;;
esac
PATH=$here:$PATH
role=hibernate
run=/run/khibernate
mnt=$run/mnt
mounted=''
# shellcheck source=/dev/null
. "$here/common.sh"
# shellcheck source=/dev/null
. "$here/install.sh"

# --- how it ends

# log LEVEL OUTCOME: writes the outcome to the kernel's log, and to a file. If the file cannot be written, as on a read-only root, that
# is no reason not to hibernate.
log() {
    printf '<%s>khibernate: %s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || true
    (umask 077 && printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >>/var/log/khibernate.log) 2>/dev/null || true
}

die() {
    printf 'hibernate.sh: %s\n' "$1" >&2
    [ "$test" = check ] || log 3 "not hibernated: $1"
    exit 1
}

cleanup() {
    [ -z "$mounted" ] || umount "$mnt" || true
    rmdir "$run/lock"
}

# lock: fails if another hibernate.sh is at work, since a second one would load its kernel in place of the first one's.
lock() {
    mkdir -p "$run" 2>/dev/null || true
    [ -w "$run" ] || die "start: $run cannot be written: only root may hibernate"
    mkdir "$run/lock" 2>/dev/null || return
    trap cleanup 0
    trap 'exit 1' 1 2 15
}

# --- the settings

# read_settings ARGUMENT...: each setting becomes a variable of its name.
read_settings() {
    settings=$(kconf hibernate "$@") || exit
    show=''
    eval "$settings"
    if [ -n "$show" ]; then
        printf '%s\n' "$show"
        exit
    fi
    set_verbosity
    debug_option='' window_option='' force_option='' discard_option='' consent_options='' avoid=''
    [ "$explain" = 0 ] || debug_option=-d
    [ -z "$window" ] || window_option="--window $window"
    [ "$force" = 0 ] || force_option=--force
    [ "$discard" = 0 ] || discard_option=--discard
    [ "$save_disk_keys" = 0 ] || consent_options=--save-disk-keys
    [ "$save_secret_memory" = 0 ] || consent_options="$consent_options --save-secret-memory"
    verify=0
    case $test in
    jump) action=jump ;;
    save) action=resume verify=1 ;;
    esac
}

# expect_of_free_pages: sets dump_level and free_is_zero by what this kernel expects of free pages.
expect_of_free_pages() {
    expected=$(kcheck free-pages 2>"$run/errors") || die "$(last_error)"
    free_is_zero=0
    case $expected in
    zero) free_is_zero=1 ;;
    kept) dump_level=$((dump_level & 1)) ;;
    esac
}

# --- the preflight: what can be known before anything is changed

# preflight: with all_option=--all, prints a line for each item, and sets noes=1 if one says no. With an empty all_option, the first
# item that says no ends the script.
preflight() {
    preflight_stage installation --here "$here"
    # shellcheck disable=SC2086 # no word when there is no option
    preflight_stage machine $window_option $force_option $consent_options
    rm -f "$run/found"
    # shellcheck disable=SC2086 # no word when there is no option
    preflight_stage partition --partition "$partition" --looked-for "$looked_for" --found "$run/found" $force_option
    device='' uuid=''
    # shellcheck source=/dev/null
    [ ! -s "$run/found" ] || . "$run/found"
    preflight_image
}

preflight_stage() {
    if [ -n "$all_option" ]; then
        kcheck preflight "$@" --all || noes=1
    else
        # shellcheck disable=SC2086 # no word when there is no option
        notes=$(kcheck preflight "$@" $quiet_option 2>"$run/errors") || die "$(last_error)"
        [ -z "$notes" ] || say "$notes"
    fi
}

# preflight_image: mounts the partition and looks for an image on it. A partition that is in use is not mounted. For a hibernation it
# stays mounted.
preflight_image() {
    if [ -z "$device" ]; then
        preflight_stage image
        return
    fi
    if ! kcheck device --claim "$device" >/dev/null 2>"$run/errors" || ! mount_partition "$device" "$mnt" 2>"$run/errors"; then
        [ -n "$all_option" ] || die "partition: $device: $(last_error)"
        preflight_stage image --unmounted "$(last_error)"
        return
    fi
    mounted=1
    # shellcheck disable=SC2086 # no word when there is no option
    preflight_stage image --mounted "$mnt" --dump-level "$dump_level" $discard_option $force_option
    [ -n "$all_option" ] || return 0
    umount "$mnt"
    mounted=''
}

# check: hibernate.sh --test check.
check() {
    noes=0 all_option=--all
    preflight
    if load --load-only 2>"$run/errors"; then
        kjump -u
        echo 'loading the appliance: ok'
    else
        echo "loading the appliance: no: $(last_error)"
        noes=1
    fi
    if [ $noes = 1 ]; then
        say "check: this machine cannot hibernate as it is"
        return 1
    fi
    say "check: this machine can hibernate to $device"
}

# --- before the jump

# prepare_partition: deletes an old image, copies the appliance to the partition if it has another one, and unmounts it.
prepare_partition() {
    if [ "$wipe" = 1 ]; then delete=wipe; else delete=delete; fi
    kimage $delete "$mnt" 2>"$run/errors" || die "$(last_error)"
    install_appliance "$here" "$mnt" 2>"$run/errors" || die "partition: copying the appliance to $device: $(last_error)"
    umount "$mnt" 2>"$run/errors" || die "partition: $device: $(last_error)"
    mounted=''
}

# describe_system: writes two files for B: conf with its settings, and facts with what the image has to say of this system.
describe_system() {
    read -r id </proc/sys/kernel/random/uuid
    read -r boot_id </proc/sys/kernel/random/boot_id
    read -r release </proc/sys/kernel/osrelease
    # These lines are for the machine check and for the stale image guard, which are made before a resume.
    machine=$(kcheck machine 2>"$run/errors") || die "$(last_error)"
    devices=$(kcheck mounts 2>"$run/errors") || say "note: a use of the disks by another system will not be noticed: $(last_error)"
    {
        printf '%s\n' "id=$id" "boot_id=$boot_id" "kernel_a=$release" "$machine" \
            "bzImage_sum=${appliance_sums%%"$newline"*}" "rootfs_sum=${appliance_sums#*"$newline"}" ${devices:+"$devices"}
    } >"$run/facts"
    kconf write save partition="UUID=$uuid" action="$action" dump_level="$dump_level" compress="$compress" writer="$writer" \
        free_is_zero="$free_is_zero" quiet="$quiet" report="$report" wipe="$wipe" verify="$verify" on_fail="$on_fail" \
        debug="$debug" device_timeout="$device_timeout" >"$run/conf" 2>"$run/errors" || die "$(last_error)"
    disks=''
    for word in $devices; do
        case $word in
        device=*) disks="$disks ${word#device=}" ;;
        esac
    done
}
newline='
'

# load OPTION...: loads the appliance into the window, clear of those that were tried before (avoid). With -e it also jumps, right after
# it has claimed the partition once more, as somebody may have begun to use it. The claim also drops the partition's page cache;
# otherwise that would come back with this system, and show the partition as it was before B wrote to it.
load() {
    if [ "$1" = --load-only ]; then
        shift
    else
        set -- --config "$run/conf" --facts "$run/facts" --claim "$device" "$@"
    fi
    # shellcheck disable=SC2046,SC2086 # one word for each option and disk
    kjump $debug_option --load-preserve-context "$here/bzImage" --initrd "$here/rootfs.gz" $window_option $avoid \
        --reuse-cmdline --append "reset_devices $window_parameters $(kcheck disks ${device:+"$device"} ${disks:-}) $append" "$@"
}

# --- the jump, and after it

# disown_image STATUS: this system runs on, so an image of it must never be resumed: deletes whatever the appliance left. STATUS is
# kjump's exit status. If the partition is wiped, or should have been, `reason` gets a text about it.
disown_image() {
    kcheck device --claim "$device" >/dev/null 2>&1 || true
    mount_partition "$device" "$mnt" 2>/dev/null && kimage unname "$mnt" 2>/dev/null &&
        { [ "$wipe" != 1 ] || kimage wipe "$mnt" 2>/dev/null; } && umount "$mnt" && return
    umount "$mnt" 2>/dev/null || true
    # The image could not be deleted. 5: B does not know whether its last write, which makes an image, has arrived. It has tried what
    # follows, too. If it could not write, but this system can, a power cut between the jump back and here would leave an image that is
    # older than the disks. A snapshot may stay, since no boot resumes it.
    [ "$1" = 5 ] && [ "$action" != resume ] || return 0
    if dd if=/dev/zero of="$device" bs=1k seek=1 count=1 conv=notrunc,fsync 2>/dev/null; then
        reason="$reason; $device failed when the image was complete, and was wiped: it needs mkhibernate.sh"
    else
        reason="$reason; $device could not be wiped: it may hold an image of this moment, which must not be resumed"
    fi
}

# load_and_jump: sets outcome and status to what kjump says and returns. Where this kernel has put something into the window that B has
# to read (status 6, and outcome is the window), it tries another one; a fixed window cannot be changed.
load_and_jump() {
    if [ "$quiet" = 1 ]; then set -- -e; else set -- --progress 3 -e; fi
    for try in 1 2 3; do
        status=0
        { outcome=$(load "$@" 2>"$run/errors") || status=$?; } 3>&1
        if [ $status != 6 ] || [ "$try" = 3 ]; then return; fi
        case $window in
        *@*) return ;;
        esac
        kjump -u 2>/dev/null || true
        disown_image 6
        avoid="$avoid --avoid $outcome"
        [ "$quiet" = 1 ] || say "this kernel has put something into the window since it was chosen; trying another one"
        sync
    done
}

# jump: loads the appliance and jumps; returns when this system runs again. Then what was loaded is unloaded, which frees its pages.
jump() {
    sync
    [ "$quiet" = 1 ] || say "hibernating to $device; the screen may stay dark, do not switch off by hand"
    load_and_jump
    if [ "$status" != 0 ]; then
        reason=$(last_error)
        [ "$explain" = 0 ] || cat "$run/errors" >&2
        kjump -u 2>/dev/null || true
        disown_image "$status"
        die "$reason"
    fi
    [ "$explain" = 0 ] || cat "$run/errors" >&2
    kjump -u 2>"$run/errors" || say "$(last_error)"
}

# wipe_used: wipes the image from which this system was resumed, and the snapshot that --test save made; not one that was asked for.
wipe_used() {
    kcheck device --claim "$device" >/dev/null && mount_partition "$device" "$mnt" || return
    mounted=1
    image=$(kimage state "$mnt") || return
    eval "$image"
    case $state$test in
    consumed | snapshotsave) kimage wipe "$mnt" || return ;;
    esac
    umount "$mnt" || return
    mounted=''
}

# --- the story

test=''
[ -r "$here/khibernate" ] || die "start: $here/khibernate is missing"
! reason=$(why_not_here "$here/khibernate") || die "start: $reason"
read_settings "$@"
lock || die "start: another hibernate.sh is at work ($run/lock)"
expect_of_free_pages
if [ "$test" = check ]; then
    check
    exit
fi
all_option=''
preflight
prepare_partition
describe_system
jump
log 5 "$outcome"
[ "$quiet" = 1 ] || say "$outcome"
if [ "$wipe" = 1 ] && [ "$test" != jump ] && ! wipe_used 2>"$run/errors"; then
    say "note: the image on $device could not be wiped: $(last_error)"
fi
