# SPDX-License-Identifier: GPL-2.0-or-later
# The cold boot: looks for an image. A ready one that fits this machine is resumed from here, or, where that does not go, by a
# kernel in the saved system's window (restore.sh). Of any other image it says why not, and does what the setting on_fail says. Where
# there is none it boots the user's system. It writes only to the hibernating partition, and to the mark of a system that this kernel itself
# has written to swap. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings, and what kimage says of the image, are variables

mnt=/run/khibernate/mnt
meta=$mnt/hibernate.meta

# --- the user's system

# cannot_boot TEXT: says why there is no system to boot, and ends here.
cannot_boot() {
    say "$1"
    end_here
}

# find_root: waits for root=, and leaves its node in root_device.
find_root() {
    [ -n "$root" ] || cannot_boot "no root= on the kernel command line"
    root_device=$(kcheck device --wait "$device_timeout" "$root" 2>"$run/errors") || cannot_boot "root=$root: $(last_error)"
}

# quoted TEXT: prints it so that eval makes one word of it.
quoted() {
    rest=$1 text=''
    while [ "$rest" != "${rest#*\'}" ]; do
        text="$text${rest%%\'*}'\\''" rest=${rest#*\'}
    done
    printf "'%s'" "$text$rest"
}

# heed_other_hibernation: a system that has hibernated by other means, into swap, would be lost if root= was mounted. One of this kernel it
# resumes; then it does not return. Otherwise it gives up once, so that the user can decide; who gave khibernate.noresume has done so.
heed_other_hibernation() {
    [ -z "$heeded" ] || return 0
    heeded=1
    status=0
    found=$(kcheck suspended 2>"$run/errors") || status=$?
    case $status in
    0) eval "$found" ;;
    4) return ;; # there is none
    *)
        [ "$noresume" = 1 ] || give_up NONE "whether a system has hibernated into swap by its own means is not known: $(last_error)"
        return
        ;;
    esac
    why="$swap: a system has hibernated into it by its own means, and not by this kernel; boot it as before that, or it is lost"
    if [ "$swap_own" = 1 ]; then
        own_swap=$swap
        # The system that lies there has root= mounted, so it is not at rest unless another one has used it since.
        if kcheck at-rest "$root" 0 2>"$run/errors"; then
            why="$swap: the system that has hibernated into it by its own means is out of date, as root= was shut down in order since"
        elif [ "$noresume" = 0 ]; then
            resume_from_swap
            why="$swap: a system has hibernated into it by its own means, and this kernel could not resume it (see its log)"
        fi
    fi
    if [ "$noresume" = 1 ]; then
        tell "a system has hibernated into $swap; it is not resumed: khibernate.noresume was given"
        return
    fi
    # An image of ours may have been given up, which is another matter.
    given_up=0
    give_up NONE "$why"
}
heeded='' own_swap=''

# forget_own_swap: what this kernel wrote to swap by its own means is out of date once root= is mounted, so no later boot may resume it.
# Puts back the mark of a swap area, which the kernel keeps in front of its own (struct swsusp_header in kernel/power/swap.c, Linux 6.12).
forget_own_swap() {
    [ -n "$own_swap" ] || return 0
    if ! { dd if="$own_swap" of="$run/mark" bs=1 skip=4076 count=10 &&
        dd if="$run/mark" of="$own_swap" bs=1 seek=4086 conv=notrunc,fsync; } 2>/dev/null; then
        cannot_boot "$own_swap: the system in it, which is given up, could not be made one that no boot resumes"
    fi
}

# resume_from_swap: has the kernel resume what it wrote to swap by its own means. The kernel takes its mark away before it tries, so if it
# fails, that is put back.
resume_from_swap() {
    say "resuming the system that this kernel wrote to $swap by its own means"
    read -r number <"/sys/class/block/$swap_name/dev"
    dd if="$swap" of="$run/swap" bs=4096 count=1 2>/dev/null || return 0
    printf '%s\n' "$number" >/sys/power/resume || true
    dd if="$run/swap" of="$swap" bs=4096 count=1 conv=notrunc,fsync 2>/dev/null ||
        tell "$swap: its mark could not be put back, so no later boot will see that a system lies there"
}

# boot_root: starts the system that find_root has found. Its first program gets what the kernel gave to ours: the words of the kernel
# command line behind "--", and those without a value that the kernel does not know.
boot_root() {
    heed_other_hibernation
    forget_own_swap
    flags=ro
    [ "$rw" = 0 ] || flags=rw
    mkdir -p /newroot
    # This is BusyBox's mount, which knows more options than klibc's.
    /bin/mount -t "$rootfstype" -o "$flags${rootflags:+,$rootflags}" "$root_device" /newroot 2>"$run/errors" ||
        cannot_boot "root=$root could not be mounted: $(last_error)"
    [ -x "/newroot$init" ] || [ -L "/newroot$init" ] || cannot_boot "root=$root has no $init"
    say "booting $root_device"
    # Without a console that can be opened, as when our kernel has no driver for it, the system starts all the same.
    terminal=/dev/console
    (: >/dev/console) 2>/dev/null || terminal=/dev/null
    for dir in proc sys dev; do
        mount -o move /$dir /newroot/$dir || cannot_boot "root=$root has no /$dir"
    done
    # The umask that the first process of a system gets from the kernel.
    umask 022
    eval "exec run-init -c $terminal /newroot \"\$init\" $init_arguments"
}

boot_on() {
    find_root
    boot_root
}

# no_image TEXT: boots the user's system where there is no image, or one that needs no refusal, of which TEXT says why.
no_image() {
    say "no image$1"
    umount $mnt 2>/dev/null || true
    boot_on
}

# --- an image that is not resumed

# tell TEXT: says it, and leaves it in the kernel's log, where the system that is booted finds it. On the console the kernel would show
# it a second time.
tell() {
    say "$1"
    # The shell's own read takes a byte at a time, of which this file gives only the first.
    levels=$(cat /proc/sys/kernel/printk)
    echo 1 >/proc/sys/kernel/printk
    kernel_log 4 "$role: $1"
    printf '%s\n' "$details" | while IFS= read -r detail; do
        [ -z "$detail" ] || kernel_log 6 "$role: $detail"
    done
    details=''
    printf '%s\n' "$levels" >/proc/sys/kernel/printk
}
# What is too long for the console, and belongs to the next text.
details=''

# boot_instead CODE TEXT: boots the user's system, and notes with the image that no later boot may resume it, since the saved system's
# disks will change now. If there is no system to boot, as when its disk is missing, they do not, and the next boot tries again.
boot_instead() {
    find_root
    # An incomplete image needs no note, since no boot would resume it. NONE: it was not even found.
    case $1 in
    TORN | NONE) ;;
    *) kimage refuse $mnt "$1" "$2" || cannot_boot "and this could not be noted on $device" ;;
    esac
    umount $mnt 2>/dev/null || true
    boot_root
}

# give_up CODE TEXT: says why the image cannot be resumed, and does what on_fail says. If that is not to boot, the next boot tries again.
give_up() {
    tell "image not resumed: $2"
    how=$(wanted_on_fail)
    # What is not there now may never be, so a machine that only starts anew would not boot any more.
    [ "$1$how" != NONEreboot ] || how=ask
    # Of an image that was given up before, or was never whole, nothing can be saved.
    if [ "$given_up" = 1 ] || [ "$1" = TORN ]; then how=boot; fi
    case $how in
    boot) boot_instead "$1" "$2" ;;
    ask) choose_instead "$1" "$2" ;;
    esac
    umount $mnt 2>/dev/null || true
    end_here
}

# choose_instead CODE TEXT: lets the user choose what to do with an image that cannot be resumed. Where nobody does, it is kept and the
# machine goes off again, by which nothing is lost.
choose_instead() {
    while :; do
        say "r starts anew and tries again, b boots without the image, k keeps it and powers off, as happens without a key in $fail_timeout s"
        case $(ask "$fail_timeout" krb) in
        r) try_again "$1" ;;
        k) keep_image ;;
        b)
            say "that gives up what is saved in it: y boots, n does not"
            [ "$(ask "$fail_timeout" ny)" = y ] || continue
            tell "the image was given up at the console"
            boot_instead "$1" "$2"
            ;;
        esac
    done
}

# try_again CODE: starts the machine anew. If the image was tried too often, or refused without a boot of another system, that is forgotten.
try_again() {
    [ "$1" = NONE ] || kimage release $mnt 2>"$run/errors" || say "$(last_error)"
    restart
}

# restart: leaves the partition as it is, and starts the machine anew.
restart() {
    umount $mnt 2>/dev/null || true
    reboot -n
    stand_still
}

# keep_image: powers off, and the next boot finds the image as it is.
keep_image() {
    say "the image is kept"
    umount $mnt 2>/dev/null || true
    poweroff -n
    stand_still
}

# stand_still: the kernel may take a moment to do what it was told, and this process must not end.
stand_still() {
    while :; do
        sleep 60
    done
}

# --- the choice

# ask SECONDS KEYS: prints which of them the user presses, or the first one if none is pressed in time. kkeys knows the time if it is
# empty.
ask() {
    kkeys ask "$1" "$2" || printf '%s\n' "${2%"${2#?}"}"
}

# wants_choice: does the user want to choose? Waits for a key only as long as the setting timeout says.
wants_choice() {
    [ -z "$menu" ] || return 0
    [ "$timeout" = 0 ] || say "resuming in $timeout s; any key offers a choice"
    kkeys ask "$timeout" >/dev/null
}

# offer_choice: asks what to do; returns if the image is to be resumed.
offer_choice() {
    while :; do
        say "there is an image of $saved_at: r resumes it, b boots without it, k keeps it and powers off"
        case $(ask "$menu" rbk) in
        r) return ;;
        k) keep_image ;;
        b)
            say "that deletes the image, and what is not saved in it is lost: y deletes it, n does not"
            [ "$(ask "$menu" ny)" = y ] || continue
            # The image has to go before the user's system is booted, which makes it stale.
            kimage delete $mnt || cannot_boot "the image could not be deleted"
            say "the image is deleted"
            umount $mnt
            boot_on
            ;;
        esac
    done
}

# --- where it is

# surely_none: is it sure, without the partition, that there is no image? It is if the user's system was shut down in order: it is in no
# image then, so that booting it takes nothing from anybody. Of course also if the user wants none to be resumed.
surely_none() {
    [ "$noresume" = 0 ] || return 0
    [ -n "$root" ] && kcheck at-rest "$root" "$device_timeout" 2>"$run/errors"
}

# if_surely_none TEXT: boots the user's system if that is so; TEXT says what is wrong with the partition.
if_surely_none() {
    surely_none || return 0
    tell "no image: $1"
    boot_on
}

# no_partition TEXT: what to do without the partition otherwise.
no_partition() {
    give_up NONE "partition: $1; there may be an image, since it is not sure that the system was shut down"
}

# find_partition: leaves its node in device. That it is not there now does not mean that it was not there when a system was saved: disks
# may take long. So where there may be an image, it is waited for as long as for other devices.
find_partition() {
    status=0
    device=$(kcheck device --wait "$wait" "$partition" 2>"$run/errors") || status=$?
    [ "$status" != 0 ] || return 0
    why=$(last_error)
    if_surely_none "$why"
    # 4: it is not there. Otherwise it is not known which one it is.
    if [ "$status" = 4 ]; then
        say "waiting for $partition: $(last_error)"
        device=$(kcheck device --wait "$device_timeout" "$partition" 2>"$run/errors") && return
        why=$(last_error)
    fi
    no_partition "$why"
}

# mount_found: mounts it.
mount_found() {
    mount_partition "$device" $mnt 2>"$run/errors" && return
    why="$device: $(last_error)"
    if_surely_none "$why"
    no_partition "$why"
}

# --- does it fit this machine

# check_machine: gives up if this is not the machine that was saved. If only firmware's memory map does not fit, it may at the next boot.
check_machine() {
    status=0
    notes=$(kcheck same-machine $meta 2>"$run/errors") || status=$?
    [ "$status" != 0 ] || { [ -z "$notes" ] || say "$notes"; return; }
    why="machine: $(last_error)" details=$notes
    [ "$status" != 3 ] || try_another_boot "$why"
    give_up MACHINE "$why"
}

# try_another_boot TEXT: some firmware has another memory map at each boot, so this one, of which TEXT says why it does not fit, is tried
# again a few times. Returns if it was.
try_another_boot() {
    which=$(kimage reboot $mnt 2>"$run/errors") || return 0
    say "image not resumed yet: $1; rebooting, since firmware may have a map that fits at the next boot: $which, in 5 s; any key stops it"
    ! kkeys ask 5 >/dev/null || choose_instead MACHINE "$1"
    restart
}

# same_devices: fails if a device that the saved system had in use was mounted or written since. Only reads.
same_devices() {
    if [ "$force" != stale ]; then
        kcheck same-devices $meta "$device_timeout"
    elif ! kcheck same-devices $meta 0 2>"$run/errors"; then
        say "$(last_error); resuming all the same: khibernate.force=stale"
    fi
}

# --- the resume

# resume_directly: puts the saved memory back from this kernel, if the image is fit for that. If it returns, resume_in_window follows,
# which needs less memory, and says what is wrong with the image if anything is.
resume_directly() {
    # An attempt was counted before and noted no reason, so the machine may have hung or reset in this way of restoring. Try the other one.
    [ "$direct" = 1 ] && [ "$attempts" = 0 ] || return 0
    status=0
    # shellcheck disable=SC2086 # no word when empty
    krestore $quiet_option --report "$report" --direct "resumed from $summary" $mnt 2>"$run/errors" || status=$?
    case $status in
    3) ;; # it is no failure, but the image has to be restored in the window
    5) give_up JUMP "jump: $(last_error)" ;; # the jump failed, and the image could not be made ready again
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

# load_restore: loads the kernel that restores into the saved system's window.
load_restore() {
    kconf write restore partition="$partition" report="$report" quiet="$quiet" on_fail="$on_fail" debug="$debug" \
        device_timeout="$device_timeout" >"$run/conf" || return
    start=$((0x${window%-*})) end=$((0x${window#*-}))
    kjump -l $mnt/khibernate/bzImage --initrd $mnt/khibernate/rootfs.gz --window $((end - start))@$start --config "$run/conf" \
        --keep-out "$(kimage value $meta ram)" --reuse-cmdline --append "khibernate.part=restore $window_parameters $(kcheck disks "$device")"
}

# resume_in_window: jumps into a kernel in the window, which restores. Returns if that could not be entered.
resume_in_window() {
    attempt DAMAGED appliance same_appliance
    attempt OTHER load load_restore
    umount $mnt
    # kexec only tells the other CPUs to halt. One that is slow to do so would run on in memory that is overwritten, as was seen in an
    # emulator on a busy host. A CPU that is offline has halted already.
    if kcheck cpus offline 2>"$run/errors"; then
        kjump -e 2>"$run/errors" || true
    fi
    kcheck cpus online || true
    # The jump failed. The partition has to be mounted again, so that the refusal can be noted before the user's system is booted.
    mount_partition "$device" $mnt || {
        reboot -n # the attempt was counted, so this does not go on for ever
        sleep 60
    }
}

# --- the story

# The end of process 1 would be a panic, which shows nobody what the matter is.
trap 'say "unexpected end of the script"; end_here' 0
init_arguments=''
for argument; do
    init_arguments="$init_arguments $(quoted "$argument")"
done
set_verbosity
while IFS= read -r note; do
    [ -z "$note" ] || say "$note"
done <"$run/errors"
given_up=0
find_partition
mount_found
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
# A refusal stays, even if its reason is gone: a system was booted then, and not everything that it did to the disks can be seen.
[ "$state" = ready ] || give_up "$reason" "$why"
! wants_choice || offer_choice
attempt DAMAGED image krestore --check $mnt
check_machine
attempt STALE devices same_devices
# The attempt is counted before it is made, so that one that hangs or resets the machine is not repeated for ever.
attempt OTHER note kimage attempt $mnt
say "resuming the image of $saved_at"
resume_directly
resume_in_window
give_up JUMP "jump: $(last_error)"
