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
    trap - EXIT
    say "image not resumed: $1"
    [ -e $meta ] || mount_partition "${device:-}" $mnt
    if [ -e $meta ]; then
        [ -z "$consumed" ] || mark ready
        block_resume "$1" $mnt
    fi
    umount $mnt 2>/dev/null
    reboot -f
    sleep 60
}
step=start
trap 'give_up "$step: unexpected end of the script"' EXIT

# mark STATE: the same metadata with another state.
mark() {
    sed "/^sum=/d; s/^state=.*/state=$1/" $meta >/run/khibernate/meta &&
        write_meta $mnt /run/khibernate/meta
}

device=$(wait_device "$(setting partition '')" "$(setting device_timeout 30)") ||
    give_up "partition: $(setting partition '') did not appear"
attempt mount mount_partition "$device" $mnt
# shellcheck disable=SC2086 # no word when empty
attempt restore krestore $quiet $meta $mnt/dump.elf
entry=$(lookup $meta jump_back_entry)
[ "$(cat $mnt/kexec_jump_back_entry)" = "$entry" ] ||
    give_up "restore: kexec_jump_back_entry is not what hibernate.meta says"
size=$(size_of $mnt/dump.elf)
mailbox=$(lookup $meta mailbox)
attempt trampoline kjump --load-jump-back-helper --entry "$entry" --paging "$(lookup $meta paging)"
consumed=1
attempt consume mark consumed
umount $mnt || say "the partition could not be unmounted"
kjump --mailbox "$mailbox" --mail "resumed from an image of $((size >> 20)) MiB" || true
say "jumping into A"
kjump -e || true
# Still here: A was not entered, so its image is as good as before.
give_up "jump: $entry could not be entered"
