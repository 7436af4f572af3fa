#!/bin/sh
# Part C': runs only inside the window. Puts A's memory back, verifies it,
# marks the image consumed, and only then jumps to A's re-entry point.
# A failed check leaves the image as it was and reboots into C, which says why.
set -eu
# shellcheck source=/dev/null
. /lib/khibernate/lib.sh

# shellcheck disable=SC2034 # lib.sh reads part and report
part="C'"
# shellcheck disable=SC2034
report=$(setting report '')
mnt=/run/khibernate/mnt
meta=$mnt/hibernate.meta
consumed='' quiet=''
[ "$(setting quiet 0)" = 0 ] || quiet=-q

# give_up TEXT: A cannot be entered. The image is left as it was; C finds the
# reason, so that it does not try for ever.
give_up() {
    set +e
    trap - 0
    say "image not resumed: $1"
    debug_shell
    [ -e $meta ] || mount_partition "${device:-}" $mnt
    if [ -e $meta ]; then
        [ -z "$consumed" ] || mark $meta ready
        block_resume "$1" $mnt
    fi
    umount $mnt 2>/dev/null
    reboot -n
    sleep 60
}
step=start
trap 'give_up "$step: unexpected end of the script"' 0

device=$(wait_device "$(setting partition '')" "$(setting device_timeout 30)") ||
    give_up "partition: $(setting partition '') did not appear"
attempt mount mount_partition "$device" $mnt
# shellcheck disable=SC2086 # no word when empty
attempt restore krestore $quiet $mnt
attempt restore same_entry $mnt
entry=$(lookup $meta jump_back_entry)
attempt trampoline kjump --load-jump-back-helper --entry "$entry" --paging "$(lookup $meta paging)"
consumed=1
attempt consume mark $meta consumed
# Not unmounted: that it is consumed is in the journal, and stays there whatever the disk does now.
kjump --mailbox "$(lookup $meta mailbox)" --mail "$(resumed_from $meta)" || true
say "jumping into A"
kjump -e || true
# Still here: A was not entered, so its image is as good as before.
give_up "jump: $entry could not be entered"
