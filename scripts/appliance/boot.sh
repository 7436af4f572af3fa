# SPDX-License-Identifier: GPL-2.0-or-later
# The cold boot: looks for an image. A ready one that fits this machine is resumed from here, or, where that does not go, by a
# kernel in the saved system's window (restore.sh); anything else is named, and the user's system is booted. Writes nothing but
# the hibernating partition. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings, and what kimage says of the image, are variables

mnt=/run/khibernate/mnt
meta=$mnt/hibernate.meta

# --- the user's system

# cannot_boot TEXT: there is no system to boot.
cannot_boot() {
    say "$1"
    end_here
}

# find_root: leaves the node of root= in root_device.
find_root() {
    [ -n "$root" ] || cannot_boot "no root= on the kernel command line"
    root_device=$(kcheck device --wait "$device_timeout" "$root" 2>"$run/errors") || cannot_boot "root=$root did not appear"
}

# boot_root: hands over to the system that find_root found.
boot_root() {
    flags=ro
    [ "$rw" = 0 ] || flags=rw
    mkdir -p /newroot
    # BusyBox's mount: it knows more options than klibc's.
    /bin/mount -t "$rootfstype" -o "$flags${rootflags:+,$rootflags}" "$root_device" /newroot ||
        cannot_boot "root=$root could not be mounted"
    [ -x "/newroot$init" ] || [ -L "/newroot$init" ] || cannot_boot "root=$root has no $init"
    say "booting $root_device"
    for dir in proc sys dev; do
        mount -o move /$dir /newroot/$dir
    done
    # The kernel's, as the first process of any system has it.
    umask 022
    exec run-init -c /dev/console /newroot "$init"
}

boot_on() {
    find_root
    boot_root
}

# --- an image that is not resumed

# boot_instead CODE TEXT: the image stays as it is, but no later boot resumes it either: the user's system is about to change
# the disks that the saved system believes to know. Where there is no system to boot, as when its disk was forgotten, nothing
# changes them, and the next boot tries again.
boot_instead() {
    find_root
    # Half an image needs no note: no boot would resume it.
    [ "$1" = TORN ] || kimage refuse $mnt "$1" "$2" || cannot_boot "and this could not be noted on $device"
    umount $mnt || true
    boot_root
}

# give_up CODE TEXT: the image cannot be resumed. Where nothing is booted instead, the next boot tries again.
give_up() {
    say "image not resumed: $2"
    [ "$(wanted_on_fail)" != boot ] || boot_instead "$1" "$2"
    umount $mnt || true
    end_here
}

# no_image TEXT: there is none that could be resumed, and nothing to be noted about it.
no_image() {
    say "no image$1"
    umount $mnt 2>/dev/null || true
    boot_on
}

# --- the choice

# ask KEYS: the one of them that the user presses, or the first one when nobody does. kkeys knows how long an empty $menu waits.
ask() {
    kkeys ask "$menu" "$1" || printf '%s\n' "${1%"${1#?}"}"
}

# wants_choice: does the user want to choose? Costs no time unless some was asked for.
wants_choice() {
    [ -z "$menu" ] || return 0
    [ "$timeout" = 0 ] || say "resuming in $timeout s; any key offers a choice"
    kkeys ask "$timeout" >/dev/null
}

# offer_choice: comes back when the image is to be resumed.
offer_choice() {
    while :; do
        say "there is an image of $saved_at: r resumes it, b boots without it, k keeps it and powers off"
        case $(ask rbk) in
        r) return ;;
        k)
            say "the image is kept"
            umount $mnt
            poweroff -n
            sleep 60
            ;;
        b)
            say "that deletes the image, and what is not saved in it is lost: y deletes it, n does not"
            [ "$(ask ny)" = y ] || continue
            # Booted beside it, the user's system would make it stale.
            kimage delete $mnt || cannot_boot "the image could not be deleted"
            say "the image is deleted"
            umount $mnt
            boot_on
            ;;
        esac
    done
}

# --- does it fit this machine

same_machine() {
    notes=$(kcheck same-machine $meta) || return
    [ -z "$notes" ] || say "$notes"
}

# same_devices: has nobody mounted or written what the saved system had in use? Only reads.
same_devices() {
    if [ "$force" != stale ]; then
        kcheck same-devices $meta "$device_timeout"
    elif ! kcheck same-devices $meta 0 2>"$run/errors"; then
        say "$(last_error); resuming all the same: khibernate.force=stale"
    fi
}

# --- the resume

# resume_directly: the memory is put back from this kernel's, where the image is fit for that; comes back when it was not, and
# then the kernel in the window finds out what the matter is: it needs less memory, and verifies all of it again.
resume_directly() {
    # An attempt that was counted and did not come back to say why may have ended in this way of restoring: the other one is next.
    [ "$direct" = 1 ] && [ "$attempts" = 0 ] || return 0
    status=0
    # shellcheck disable=SC2086 # no word when empty
    krestore $quiet_option --report "$report" --direct "resumed from $summary" $mnt 2>"$run/errors" || status=$?
    case $status in
    3) ;; # the image is for the kernel in the window
    5) give_up JUMP "jump: $(last_error)" ;; # and it could not be made ready again
    *) say "not restored here: $(last_error)" ;;
    esac
    kjump -u || true
}

same_appliance() {
    sums=$(kimage sum -q $mnt/khibernate/bzImage $mnt/khibernate/rootfs.gz) || return
    sums=$(printf '%s\n' "$sums" | while read -r sum _; do echo "$sum"; done)
    [ "$sums" != "$(kimage value $meta bzImage_sum && kimage value $meta rootfs_sum)" ] || return 0
    echo "khibernate/bzImage or rootfs.gz on the partition is damaged or another one" >&2
    return 1
}

# load_restore: the kernel that restores goes into the saved system's window.
load_restore() {
    kconf write restore partition="$partition" report="$report" quiet="$quiet" on_fail="$on_fail" debug="$debug" \
        device_timeout="$device_timeout" >"$run/conf" || return
    start=$((0x${window%-*})) end=$((0x${window#*-}))
    kjump -l $mnt/khibernate/bzImage --initrd $mnt/khibernate/rootfs.gz --window $((end - start))@$start --config "$run/conf" \
        --reuse-cmdline --append "khibernate.part=restore $window_parameters $(kcheck disks "$device")"
}

# resume_in_window: jumps into the kernel in the window, which restores; comes back when that was not entered.
resume_in_window() {
    attempt DAMAGED appliance same_appliance
    attempt OTHER load load_restore
    umount $mnt
    # kexec only tells the other CPUs to halt. One that is slow to get there would run on in memory that is written over (seen in
    # an emulator on a busy host); one that is offline is long halted.
    if kcheck cpus offline 2>"$run/errors"; then
        kjump -e 2>"$run/errors" || true
    fi
    kcheck cpus online || true
    # Still here: booting the user's system makes the image stale, and that has to be noted first.
    mount_partition "$device" $mnt || {
        reboot -n # counted as an attempt
        sleep 60
    }
}

# --- the story

set_verbosity
while IFS= read -r note; do
    [ -z "$note" ] || say "$note"
done <"$run/errors"
status=0
device=$(kcheck device --wait "$wait" "$partition" 2>"$run/errors") || no_image ": $(last_error)"
mount_partition "$device" $mnt 2>"$run/errors" || no_image ": $device: $(last_error)"
force_option=''
[ "$force" != stale ] || force_option=--force-stale
# shellcheck disable=SC2086 # no word when empty
image=$(kimage state $force_option $mnt 2>"$run/errors") || give_up DAMAGED "$(last_error)"
eval "$image"
case $state in
absent) no_image '' ;;
consumed | snapshot) no_image " (the last one is $state)" ;;
torn) give_up TORN "$why" ;;
esac
if [ "$noresume" = 1 ]; then
    say "image not resumed: khibernate.noresume was given"
    boot_instead NORESUME "khibernate.noresume was given"
fi
# It is not looked again whether the reason has gone: of what the system did that was booted in between, not all can be seen.
[ "$state" = ready ] || give_up "$reason" "$why"
! wants_choice || offer_choice
attempt DAMAGED image krestore --check $mnt
attempt MACHINE machine same_machine
attempt STALE devices same_devices
# Counted first: one that hangs or resets must not be made for ever.
attempt OTHER note kimage attempt $mnt
say "resuming the image of $saved_at"
resume_directly
resume_in_window
give_up JUMP "jump: $(last_error)"
