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
# shellcheck source=/dev/null
. "$here/common.sh"
# shellcheck source=/dev/null
. "$here/install.sh"

# --- how it ends

# log LEVEL OUTCOME: writes the outcome to the kernel's log, and to a file. If the file cannot be written, as on a read-only root, that
# is no reason not to hibernate.
log() {
    kernel_log "$1" "$2"
    (umask 077 && printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >>/var/log/khibernate.log) 2>/dev/null || true
}

# die TEXT [STATUS]
die() {
    printf 'hibernate.sh: %s\n' "$1" >&2 || true
    [ "$test" = check ] || [ "$discard" = 1 ] || log 3 "not hibernated: $1"
    exit "${2:-1}"
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
    debug_option='' window_option='' force_option='' consent_options='' avoid='' interrupted=''
    [ "$explain" = 0 ] || debug_option=-d
    [ -z "$window" ] || window_option="--window $window"
    [ "$force" = 0 ] || force_option=--force
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
    [ -n "$all_option" ] || log_refusal
    # shellcheck disable=SC2086 # no word when there is no option
    preflight_stage image --mounted "$mnt" --dump-level "$dump_level" $force_option
    [ -n "$all_option" ] || return 0
    umount "$mnt"
}

# log_refusal: leaves in the logs that the image of an earlier hibernation was not resumed, and why.
log_refusal() {
    refused=$(
        image=$(kimage state "$mnt" 2>/dev/null) || exit 0
        eval "$image"
        [ "$state" != refused ] || printf '%s\n' "the image of ${saved_at:-an unknown time} was not resumed: $why"
    )
    [ -z "$refused" ] || log 4 "$refused"
}

# check: hibernate.sh --test check.
check() {
    noes=0 all_option=--all
    preflight
    hold_signals
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

# --- an image that is not to be resumed

# delete_image: deletes the image, whatever its state, on the partition that is mounted.
delete_image() {
    if [ "$wipe" = 1 ]; then delete=wipe; else delete=delete; fi
    kimage $delete "$mnt" 2>"$run/errors" || die "$(last_error)"
}

# discard_image: hibernate.sh --discard.
discard_image() {
    [ -z "$test" ] || die "options: --discard deletes an image and ends: --test $test does not go with it" 2
    device=$(kcheck device --claim "$partition" 2>"$run/errors") || die "$(last_error)"
    mount_partition "$device" "$mnt" 2>"$run/errors" || die "partition: $device: $(last_error)"
    image=$(kimage state "$mnt" 2>"$run/errors") || die "$(last_error)"
    eval "$image"
    delete_image
    umount "$mnt" 2>"$run/errors" || die "partition: $device: $(last_error)"
    if [ "$state" = absent ]; then
        outcome="there is no image on $device"
    else
        outcome="deleted the image of ${saved_at:-an unknown time} on $device, which was $state"
        log 5 "$outcome"
    fi
    [ "$quiet" = 1 ] || say "$outcome"
}

# --- before the jump

# prepare_partition: deletes an old image, copies the appliance to the partition if it has another one, and unmounts it.
prepare_partition() {
    delete_image
    install_appliance "$here" "$mnt" 2>"$run/errors" || die "partition: copying the appliance to $device: $(last_error)"
    umount "$mnt" 2>"$run/errors" || die "partition: $device: $(last_error)"
}

# describe_system: writes two files for B: conf with its settings, and facts with what the image has to say of this system.
describe_system() {
    read -r id </proc/sys/kernel/random/uuid
    read -r boot_id </proc/sys/kernel/random/boot_id
    read -r release </proc/sys/kernel/osrelease
    # The appliance does not know this system's time zone, nor whether the hardware clock keeps UTC; there may be no such clock.
    saved_at=$(date '+%Y-%m-%d %H:%M:%S %z')
    # These lines are for the machine check and for the stale image guard, which are made before a resume.
    machine=$(kcheck machine 2>"$run/errors") || die "$(last_error)"
    devices=$(kcheck mounts 2>"$run/errors") || say "note: a use of the disks by another system will not be noticed: $(last_error)"
    {
        printf '%s\n' "id=$id" "boot_id=$boot_id" "kernel_a=$release" "saved_at=$saved_at" "$machine" \
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
# it has claimed the partition, which it keeps until it is back, as somebody may have begun to use it, or may begin to in the moment
# before the jump. The claim also drops the partition's page cache, before and after; otherwise that would come back with this system, and
# show the partition as it was before B wrote to it.
load() {
    if [ "$1" = --load-only ]; then
        shift
        # The line has addresses, which may have more digits at the next load, as those of more than 4 GiB.
        spare=' spare=0000000000000000'
    else
        spare=''
        set -- --config "$run/conf" --facts "$run/facts" --claim "$device" "$@"
    fi
    # shellcheck disable=SC2086 # one word for each disk
    no_disks=$(kcheck disks ${device:+"$device"} ${disks:-}) || no_disks=''
    [ -z "$interrupted" ] || return 130
    # shellcheck disable=SC2086 # one word for each option
    kjump $debug_option --load-preserve-context "$here/bzImage" --initrd "$here/rootfs.gz" $window_option $avoid \
        --reuse-cmdline --append "reset_devices $window_parameters $no_disks $append$spare" "$@"
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
# to read (status 6, and outcome is the window), it tries another one; a fixed window cannot be changed. kjump runs in no subshell, which a
# signal could end while kjump, which takes none from the jump on, is on its way.
load_and_jump() {
    if [ "$quiet" = 1 ]; then set -- -e; else set -- --progress 3 -e; fi
    for try in 1 2 3; do
        status=0
        { load "$@" >"$run/outcome" 2>"$run/errors" || status=$?; } 3>&1
        read -r outcome <"$run/outcome" || outcome=''
        if [ $status != 6 ] || [ "$try" = 3 ] || [ -n "$interrupted" ]; then return; fi
        case $window in
        *@*) return ;;
        esac
        kjump -u 2>/dev/null || true
        disown_image 6
        avoid="$avoid --avoid $outcome"
        [ "$quiet" = 1 ] || say "this kernel has put something into the window since it was chosen; trying another one"
        kcheck sync 2>"$run/errors" || { status=1 && return; }
    done
}

# announce: says what follows.
announce() {
    case $test$action in
    jumpjump) doing="jumping to the appliance and back" ;;
    *resume) doing="saving to $device and coming back" ;;
    *) doing="hibernating to $device" ;;
    esac
    say "$doing; the screen may stay dark, do not switch off by hand"
}

# hold_signals: from the load on a signal, as when a terminal is closed, only ends a load; what has to be undone, or to be done after the
# jump, is done all the same.
hold_signals() {
    trap 'interrupted=1' 1 2 3 15
}

# jump: loads the appliance and jumps; returns when this system runs again. Then what was loaded is unloaded, which frees its pages.
jump() {
    kcheck sync 2>"$run/errors" || die "$(last_error)"
    [ "$quiet" = 1 ] || announce
    hold_signals
    load_and_jump
    # What follows is not to be ended by the signal that the script does not end by.
    trap '' 1 2 3 15
    if [ "$status" != 0 ]; then
        reason=$(last_error)
        [ "$status" -le 128 ] || reason="jump: ended by signal $((status - 128))"
        show_errors
        kjump -u 2>/dev/null || true
        disown_image "$status"
        die "$reason"
    fi
    show_errors
    kjump -u 2>"$run/errors" || say "$(last_error)"
}

# show_errors: with --debug, shows what kjump has said.
show_errors() {
    [ "$explain" = 0 ] || cat "$run/errors" >&2 || true
}

# wipe_used: wipes the image from which this system was resumed, and the snapshot that --test save made; not one that was asked for.
wipe_used() {
    kcheck device --claim "$device" >/dev/null && mount_partition "$device" "$mnt" || return
    image=$(kimage state "$mnt") || return
    eval "$image"
    case $state$test in
    consumed | snapshotsave) kimage wipe "$mnt" || return ;;
    esac
    umount "$mnt"
}

# after_resume: says how it went, and wipes the image if that is wanted.
after_resume() {
    log 5 "$outcome"
    [ "$quiet" = 1 ] || say "$outcome"
    if [ "$wipe" = 1 ] && [ "$test" != jump ] && ! wipe_used 2>"$run/errors"; then
        note="note: the image on $device could not be wiped: $(last_error)"
        log 4 "$note"
        say "$note"
    fi
    [ -z "$test" ] || [ "$quiet" = 1 ] || say "test $test: passed"
}

# --- the story

test='' discard=0
# That nobody reads what is said here is no reason to stop halfway.
# shellcheck disable=SC2172 # 13, SIGPIPE, is the same everywhere on Linux, and klibc's shell knows no names
trap '' 13
[ -r "$here/khibernate" ] || die "start: $here/khibernate is missing"
! reason=$(why_not_here "$here/khibernate") || die "start: $reason"
read_settings "$@"
alone hibernate.sh "$@"
if [ "$discard" = 1 ]; then
    discard_image
    exit
fi
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
after_resume
