#!/bin/sh
# Part C: booted cold. Looks for an image; a ready one that fits this machine
# is resumed from here, or where that does not go by way of C'; anything else
# is named and the user's system is booted. Writes nothing but the hibernating
# partition.
set -eu
# shellcheck source=/dev/null
. /lib/khibernate/lib.sh

# shellcheck disable=SC2034 # lib.sh reads part and report
part=C
# shellcheck disable=SC2034
report=$(setting report '')
mnt=/run/khibernate/mnt
meta=$mnt/hibernate.meta

# cannot_boot TEXT: there is no system to boot.
cannot_boot() {
    say "$1"
    end_here
}

# find_root: leaves what root= says in root, and its node in root_device.
find_root() {
    root=$(param root) || cannot_boot "no root= on the kernel command line"
    root_device=$(wait_device "$root" "$(setting device_timeout 30)") || cannot_boot "root=$root did not appear"
}

# boot_root: hands over to the system that find_root found.
boot_root() {
    program=$(param init || echo /sbin/init)
    flags=ro
    if has_param rw; then flags=rw; fi
    extra=$(param rootflags) && flags=$flags,$extra
    mkdir -p /newroot
    # BusyBox's mount: it knows more options than klibc's.
    /bin/mount -t "$(param rootfstype || echo ext4)" -o "$flags" "$root_device" /newroot ||
        cannot_boot "root=$root could not be mounted"
    [ -x "/newroot$program" ] || [ -L "/newroot$program" ] || cannot_boot "root=$root has no $program"
    say "booting $root_device"
    for dir in proc sys dev; do
        mount -o move /$dir /newroot/$dir
    done
    # The kernel's, as the first process of any system has it.
    umask 022
    exec run-init -c /dev/console /newroot "$program"
}

boot_on() {
    find_root
    boot_root
}

# boot_instead TEXT: the image stays as it is, but is not resumed by a later boot either: the user's system is about to change
# the disks that A believes to know. Where there is none, as when A's disk was forgotten, nothing does, and the next
# boot tries again.
boot_instead() {
    find_root
    if [ -e $meta ] && ! block_resume "$1" $mnt; then
        cannot_boot "and this could not be noted on $device"
    fi
    umount $mnt || true
    boot_root
}

# give_up TEXT: the image cannot be resumed. Where nothing is booted instead, the next boot tries again.
give_up() {
    say "image not resumed: $1"
    [ "$(on_fail)" != boot ] || boot_instead "$1"
    umount $mnt || true
    end_here
}

same_machine() {
    notes=$(kjump --compare-machine $meta) || return
    [ -z "$notes" ] || say "$notes"
}

# same_devices: has nobody mounted or written what A had in use? Only reads.
same_devices() {
    if [ -z "$force" ]; then
        kmeta compare $meta "$(setting device_timeout 30)"
    elif ! kmeta compare $meta 0 2>/run/khibernate/errors; then
        say "$(last_error); resuming all the same: khibernate.force=stale"
    fi
}

same_appliance() {
    sums=$(sum_of $mnt/khibernate/bzImage $mnt/khibernate/rootfs.gz) || return
    [ "$sums" = "$(lookup $meta bzImage_sum && lookup $meta rootfs_sum)" ] && return
    echo "khibernate/bzImage or rootfs.gz on the partition is damaged or another one" >&2
    return 1
}

# load_restore: C' goes into A's window.
load_restore() {
    {
        printf 'partition=%s\n' "$partition"
        printf 'report=%s\n' "$report"
        printf 'quiet=%s\n' "$(setting quiet 0)"
        printf 'on_fail=%s\n' "$(setting on_fail boot)"
        ! may_debug || echo debug=1
    } >/run/khibernate/conf
    window=$(lookup $meta window)
    start=$((0x${window%-*})) end=$((0x${window#*-}))
    # shellcheck disable=SC2154 # lib.sh has ends_hangs
    kjump -l $mnt/khibernate/bzImage --initrd $mnt/khibernate/rootfs.gz \
        --window $((end - start))@$start --config /run/khibernate/conf \
        --reuse-cmdline --append "khibernate.part=restore $ends_hangs nvme.max_host_mem_size_mb=0 $(spare_others "$device")"
}

note_attempt() {
    printf '%s=%s\n' "$id" $((attempts + 1)) >$mnt/resume.attempts &&
        kmeta sync $mnt/resume.attempts
}

# restore_here: A's memory is put back from this kernel's, without C', where the image is fit for that; comes back when it was
# not, and then C' finds out what the matter is: it needs less memory, and verifies all of it again.
restore_here() {
    # One that ended nowhere was the last of this kind.
    [ "$(setting direct 1)" != 0 ] && [ "$attempts" = 0 ] || return 0
    quiet='' status=0
    [ "$(setting quiet 0)" = 0 ] || quiet=-q
    attempt restore same_entry $mnt
    # shellcheck disable=SC2086 # no word when empty
    krestore $quiet --direct "$(resumed_from $meta)" $mnt sh /lib/khibernate/enter.sh $meta 2>/run/khibernate/errors || status=$?
    # 3: not fit.
    [ $status = 3 ] || say "not restored here: $(last_error)"
    other_cpus 1
    kjump -u || true
    # A was not entered, so its image is as good as before.
    [ "$(lookup $meta state)" != consumed ] || attempt restore mark $meta ready
}

# ask KEYS: the one of them that the user presses, or the first one when nobody does.
ask() {
    seconds=$(param khibernate.menu || true)
    case $seconds in
    '' | *[!0-9]*) seconds=30 ;;
    esac
    kkeys ask "$seconds" "$1" || printf '%s\n' "${1%"${1#?}"}"
}

# wants_menu: does the user want to choose? Costs no time unless some was asked for.
wants_menu() {
    ! has_param khibernate.menu || return 0
    timeout=$(setting timeout 0)
    [ "$timeout" = 0 ] || say "resuming in $timeout s; any key offers a choice"
    kkeys ask "$timeout" >/dev/null
}

# offer_choices: comes back when the image is to be resumed.
offer_choices() {
    while :; do
        say "there is an image of $(lookup $meta saved_at): r resumes it, b boots without it, k keeps it and powers off"
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
            remove_image $mnt kmeta sync $mnt/. || cannot_boot "the image could not be deleted"
            say "the image is deleted"
            umount $mnt
            boot_on
            ;;
        esac
    done
}

partition=$(setting partition LABEL=khibernate)
if ! device=$(wait_device "$partition" "$(setting wait 5)"); then
    say "no image: $(last_error)"
    boot_on
fi
if ! mount_partition "$device" $mnt 2>/run/khibernate/errors; then
    say "no image: $device: $(last_error)"
    boot_on
fi
if [ ! -e $meta ]; then
    for dump in "$mnt"/dump.elf*; do
        [ ! -e "$dump" ] || give_up "it is incomplete (torn): there is a ${dump##*/} without hibernate.meta"
    done
    say "no image"
    umount $mnt
    boot_on
fi
state=$(lookup $meta state || echo damaged)
case $state in
consumed | snapshot)
    say "no image (the last one is $state)"
    umount $mnt
    boot_on
    ;;
esac
if has_param khibernate.noresume; then
    say "image not resumed: khibernate.noresume was given"
    boot_instead "khibernate.noresume was given"
fi
force=''
[ "$(param khibernate.force || true)" != stale ] || force=1
# It is not looked again whether the reason has gone: of what the system did that was booted in between, the guard does
# not see all.
if [ -e $mnt/resume.error ]; then
    noted=$(lookup $mnt/resume.error reason || echo "resume.error is there, and damaged")
    # Force is for what concerns A's disks, not for what C' found out about the image.
    case $force$noted in
    1devices:* | 1khibernate.noresume*) ;;
    *) give_up "$noted" ;;
    esac
fi
# Each attempt is counted first: one that hangs or resets must not be made for ever.
id=$(lookup $meta id || true)
attempts=$(lookup $mnt/resume.attempts "$id" || true)
case $attempts in
'' | *[!0-9]*) attempts=0 ;;
esac
if [ "$attempts" -ge 3 ]; then
    give_up "it was tried $attempts times"
fi
! wants_menu || offer_choices
attempt image krestore --check $mnt
attempt machine same_machine
attempt devices same_devices
attempt note note_attempt
say "resuming the image of $(lookup $meta saved_at)"
restore_here
attempt appliance same_appliance
attempt load load_restore
umount $mnt
other_cpus 0
kjump -e 2>/run/khibernate/errors || true
# Still here: booting the user's system makes the image stale, and that has to be noted first.
other_cpus 1
if ! mount_partition "$device" $mnt; then
    reboot -n # counted as an attempt
fi
give_up "jump: $(last_error)"
