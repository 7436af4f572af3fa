# SPDX-License-Identifier: GPL-2.0-or-later
# Runs only inside the saved system's window: puts that system's memory back, verifies it, marks the image consumed, and only
# then jumps to its re-entry point. A failed check leaves the image as it was, and reboots into the cold boot, which says why.
# Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings, and what kimage says of the image, are variables

mnt=/run/khibernate/mnt
consumed=''

# give_up CODE TEXT: says why the saved system cannot be entered, notes that with the image, and reboots. The cold boot finds it, so it does
# not try again by itself.
give_up() {
    set +e
    trap - 0
    say "image not resumed: $2"
    debug_shell
    [ -e $mnt/hibernate.meta ] || mount_partition "${device:-}" $mnt
    if [ -e $mnt/hibernate.meta ]; then
        [ -z "$consumed" ] || kimage take-back $mnt
        kimage hold $mnt "$1" "$2"
    fi
    umount $mnt 2>/dev/null
    reboot -n
    sleep 60
}
code=OTHER step=start
trap 'give_up "$code" "$step: unexpected end of the script"' 0

[ "$settings_good" = 1 ] || give_up OTHER "$(last_error)"
set_verbosity
device=$(kcheck device --wait "$device_timeout" "$partition" 2>"$run/errors") ||
    give_up OTHER "partition: $(last_error)"
attempt OTHER mount mount_partition "$device" $mnt
image=$(kimage state $mnt 2>"$run/errors") || give_up DAMAGED "image: $(last_error)"
eval "$image"
attempt OTHER trampoline kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
# shellcheck disable=SC2086 # no word when empty
attempt DAMAGED restore krestore $quiet_option $mnt
consumed=1
attempt OTHER consume kimage consume $mnt
# The partition stays mounted. That the image is consumed is in the journal, and unmounting would have to write it to its place.
kmail "$mailbox" NONE "resumed from $summary" || true
say "entering the saved system"
kjump -e || true
# The system was not entered, so its image is as good as before, and give_up takes back that it is consumed.
give_up JUMP "jump: $entry could not be entered"
