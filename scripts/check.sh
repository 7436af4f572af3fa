# hibernate.sh --test check: a line for each thing that a hibernation needs,
# "WHAT: ok (...)", "WHAT: no: REASON" or "WHAT: note: TEXT"; sourced by hibernate.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # hibernate.sh's settings, folders and variables

# The drivers between a disk and its file system that the appliance has (kernel-config/common).
appliance_drivers=' virtio_blk virtio-pci virtio_scsi sd ahci ata_piix nvme pcieport '

noes=0
yes() {
    printf '%s: ok%s\n' "$1" "${2:+ ($2)}"
}
no() {
    noes=$((noes + 1))
    printf '%s: no: %s\n' "$1" "$2"
}
note() {
    printf '%s: note: %s\n' "$1" "$2"
}

# drivers_of NODE: the drivers of the device and of what it hangs on, the nearest first.
drivers_of() {
    at=$(readlink -f "/sys/class/block/${1#/dev/}")
    drivers=''
    while [ "$at" != "${at%/*}" ]; do
        if [ -L "$at/driver" ]; then
            driver=$(readlink -f "$at/driver")
            drivers="$drivers ${driver##*/}"
        fi
        at=${at%/*}
    done
    printf '%s\n' "${drivers# }"
}

# foreign_driver NODE: names a driver that the appliance has not; fails if it has them all.
foreign_driver() {
    for name in $(drivers_of "$1"); do
        case $appliance_drivers in
        *" $name "*) ;;
        *)
            printf '%s\n' "$name"
            return
            ;;
        esac
    done
    return 1
}

check_installation() {
    while read -r name _ uid _; do
        [ "$name" != Uid: ] || [ "$uid" = 0 ] || no "user" "only root may hibernate"
    done </proc/self/status
    missing=''
    for file in bzImage rootfs.gz kjump ksum; do
        [ -r "$here/$file" ] || missing="$missing $here/$file"
    done
    if [ -n "$missing" ]; then
        no "installation" "missing:$missing"
    elif reason=$(why_not_here "$here/kjump"); then
        no "installation" "$reason"
    else
        yes "installation" "$here"
    fi
}

check_lockdown() {
    state=none
    [ ! -r /sys/kernel/security/lockdown ] || read -r state </sys/kernel/security/lockdown
    case $state in
    none | *'[none]'*) yes "lockdown" none ;;
    *) no "lockdown" "the kernel is locked down ($state), as by Secure Boot" ;;
    esac
}

# check_kernel: what kjump finds out, each "no" of it counted.
check_kernel() {
    lines=$(kjump --check ${window:+--window "$window"} 2>"$errors") || [ -n "$lines" ] || no "kernel" "$(last_error)"
    [ -n "$lines" ] || return 0
    printf '%s\n' "$lines"
    while IFS= read -r line; do
        case $line in
        *': no: '*) noes=$((noes + 1)) ;;
        esac
    done <<LINES
$lines
LINES
}

# check_load: into the window as for a hibernation, and out of it again.
check_load() {
    # shellcheck disable=SC2086 # no word when empty
    if kjump $debug --load-preserve-context "$here/bzImage" --initrd "$here/rootfs.gz" \
        ${window:+--window "$window"} --reuse-cmdline --append "$append" 2>"$errors"; then
        [ -z "$debug" ] || cat "$errors" >&2
        kjump -u
        yes "loading the appliance"
    else
        no "loading the appliance" "$(last_error)"
    fi
}

check_idle() {
    flags='' release=''
    while read -r name value; do
        case $name in
        flags) flags=" $value " ;;
        esac
    done </proc/cpuinfo
    read -r release </proc/sys/kernel/osrelease
    case $release in
    *-khibernate) yes "CPUs' idle" "patched: $release" ;;
    *)
        case $flags in
        *' monitor '*) note "CPUs' idle" "this CPU has MONITOR/MWAIT: with more than one, $release needs the second patch (README, Limits)" ;;
        *) yes "CPUs' idle" "no MONITOR/MWAIT" ;;
        esac
        ;;
    esac
}

check_watchdog() {
    active=''
    for state in /sys/class/watchdog/*/state; do
        [ ! -e "$state" ] || [ "$(cat "$state")" != active ] || active="$active ${state%/state}"
    done
    if [ -z "$active" ]; then
        yes "watchdog" "none active"
    elif [ -n "$force" ]; then
        note "watchdog" "active, passed over by --force:$active"
    else
        no "watchdog" "active, it would reset the machine while it is being saved:$active"
    fi
}

# check_partition: leaves its node in device, empty if there is none.
check_partition() {
    device='' uuid=''
    if found=$(kjump --device "$partition" --show-device --show-uuid 2>"$errors"); then
        { read -r device && read -r uuid; } <<LINES
$found
LINES
        if kjump --device "$device" --claim 2>"$errors"; then
            yes "hibernating partition" "$device, ext4, UUID $uuid"
        else
            no "hibernating partition" "$(last_error)"
        fi
    else
        no "hibernating partition" "$(last_error)"
    fi
}

# check_room: also whether an image is in the way. A partition that others have mounted is left alone.
check_room() {
    if ! kjump --device "$device" --claim 2>"$errors" || ! mount_partition "$device" "$mnt" 2>"$errors"; then
        no "room on it" "not known: $(last_error)"
        return
    fi
    mounted=1
    if [ "$(lookup "$mnt/hibernate.meta" state || true)" != ready ]; then
        yes "no image in the way"
    elif [ -n "$discard" ]; then
        note "no image in the way" "there is one of $(lookup "$mnt/hibernate.meta" saved_at), which --discard deletes"
    else
        no "no image in the way" "there is one of $(lookup "$mnt/hibernate.meta" saved_at) that was never resumed; --discard deletes it"
    fi
    free=$(room_on "$mnt") used=$(memory_in_use "$dump_level")
    text="$((free >> 10)) MiB free, $((used >> 10)) MiB in use"
    if [ "$free" -ge "$used" ]; then
        yes "room on it" "$text"
    elif [ -n "$force" ]; then
        note "room on it" "too small, passed over by --force: $text"
    else
        no "room on it" "too small: $text"
    fi
    umount "$mnt" 2>"$errors" || no "hibernating partition" "$(last_error)"
    mounted=''
}

check_driver() {
    if name=$(foreign_driver "$device"); then
        no "driver of the partition in the appliance" "it has no $name"
    else
        yes "driver of the partition in the appliance" "$(drivers_of "$device")"
    fi
}

# C looks where its own command line says, which is this one's where C booted this system, or for the default label.
check_looked_for() {
    looked_for=$(param khibernate.partition || echo LABEL=khibernate)
    if found=$(kjump --device "$looked_for" --show-device 2>"$errors") && [ "$found" = "$device" ]; then
        yes "C looks at this partition" "khibernate.partition=$looked_for"
    elif [ -n "$found" ]; then
        no "C looks at this partition" "$looked_for is $found: boot the appliance with khibernate.partition=UUID=$uuid"
    else
        no "C looks at this partition" "$(last_error): boot the appliance with khibernate.partition=UUID=$uuid"
    fi
}

# check_devices: what of this system's disks the stale image guard will not see.
check_devices() {
    if ! devices=$(kjump --devices 2>"$errors"); then
        note "devices that the appliance cannot see" "not known: $(last_error)"
        return
    fi
    unseen=''
    for word in $devices; do
        case $word in
        device=*-more) unseen="$unseen ${word#device=}" ;;
        device=*)
            if name=$(foreign_driver "${word#device=}"); then
                unseen="$unseen ${word#device=} ($name)"
            fi
            ;;
        esac
    done
    if [ -z "$unseen" ]; then
        yes "devices that the appliance cannot see" none
    else
        note "devices that the appliance cannot see" "their use by another system will not be noticed:$unseen"
    fi
}

# check_machine: all of it; the exit status of hibernate.sh.
check_machine() {
    if ! lock; then
        no "lock" "another hibernate.sh is at work ($run/lock)"
        return 1
    fi
    check_installation
    check_lockdown
    check_kernel
    check_load
    check_idle
    check_watchdog
    check_partition
    if [ -n "$device" ]; then
        check_room
        check_driver
        check_looked_for
    else
        for what in "room on it" "driver of the partition in the appliance" "C looks at this partition"; do
            note "$what" "not known without the partition"
        done
    fi
    check_devices
    if [ $noes -gt 0 ]; then
        say "check: this machine cannot hibernate as it is: $noes of these say no"
        return 1
    fi
    say "check: this machine can hibernate to $device"
}
