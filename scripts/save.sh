#!/bin/sh
# Part B: entered from A by kexec jump. Saves A's memory from /proc/vmcore to
# the hibernating partition and powers off. Whatever fails ends in a jump back
# into A, which learns why through its mailbox: an unsaved machine is never
# switched off.
set -eu
# shellcheck source=/dev/null
. /lib/khibernate/lib.sh

# shellcheck disable=SC2034 # lib.sh reads part and report
part=B
mnt=/run/khibernate/mnt
facts=/run/khibernate/facts
entry=$(param kexec_jump_back_entry || true)
mailbox=$(param khibernate.mailbox || true)
paging=$(param khibernate.paging || true)
# shellcheck disable=SC2034
report=$(setting report '')

# back_to_a: forgets nothing of A, since A never stopped owning its memory.
back_to_a() {
    set +e
    trap - 0
    umount $mnt 2>/dev/null
    kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
    until kjump -e; do
        say "the jump back failed; A is still in memory: do not switch off; trying again"
        sleep 5
        kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
    done
}

# forget_image: half an image helps nobody and takes the room that the next one needs; to wipe it takes A, which has the time.
# Fails when a boot may still find it. A partition that is gone must not keep us from going back.
forget_image() {
    if [ "$(setting wipe 0)" = 1 ]; then
        rm -f $mnt/hibernate.meta $mnt/hibernate.meta.new && timeout 60 kmeta sync $mnt/.
    else
        remove_image $mnt timeout 60 kmeta sync $mnt/.
    fi
}

# give_up TEXT: the save failed.
give_up() {
    set +e
    trap - 0
    say "not saved: $1; going back"
    debug_shell
    # A journal that has failed takes nothing back, so whether the image's last write arrived shows when it is replayed. A would
    # come too late: by its first act the image is of a moment that is gone. Else A tries again.
    {
        forget_image || [ "$step" != metadata ] || [ "$action" = resume ] || {
            umount $mnt
            mount_partition "$device" $mnt && forget_image
        } || {
            umount $mnt
            # Without a superblock no boot finds an image.
            dd if=/dev/zero of="$device" bs=1k seek=1 count=1 conv=notrunc,fsync
        }
    } 2>/dev/null
    kjump --mailbox "$mailbox" --failed --mail "$1"
    back_to_a
}
# Process 1 of B must not end while A is unsaved. (klibc's shell knows signals by number only; 0 is the exit.)
step=start
trap 'give_up "$step: unexpected end of the script"' 0

quiet='' free_is_zero=''
[ "$(setting quiet 0)" = 0 ] || quiet=-q
[ "$(setting free_is_zero 0)" = 0 ] || free_is_zero=--free-is-zero

# save_memory: makedumpfile decides which pages matter, ksave writes them. Where ksave cannot make out the verdict, or is
# not wanted, makedumpfile writes its own ELF core, which takes longer.
save_memory() {
    if [ "$(setting writer ksave)" = ksave ]; then
        status=0
        # shellcheck disable=SC2086 # no word when empty
        kkeys watch ksave $quiet $free_is_zero --compress "$(setting compress none)" --dump-level "$(setting dump_level 17)" \
            --window "$window" --facts $facts /proc/vmcore $mnt || status=$?
        [ $status = 3 ] || return $status
        say "ksave: $(last_error); makedumpfile copies by itself"
    fi
    # shellcheck disable=SC2086
    filter_and_copy && kkeys watch kmeta sync $mnt/dump.elf && kkeys watch ksave $quiet --index --facts $facts $mnt
}

# filter_and_copy: makedumpfile alone.
# What it says, progress and errors, comes on one stream: shown, and searched for the error.
filter_and_copy() {
    messages=7 # progress, common messages (among them most errors), errors
    [ -z "$quiet" ] || messages=6
    {
        status=0
        kkeys watch makedumpfile --message-level $messages -E -d "$(setting dump_level 17)" \
            /proc/vmcore $mnt/dump.elf 2>&1 || status=$?
        echo $status >/run/khibernate/status
    } | tee /run/khibernate/said
    status=$(cat /run/khibernate/status)
    [ "$status" != 0 ] || return 0
    # Ended by a key or a signal, of which kkeys has the last word.
    if [ "$status" -ge 128 ]; then
        tr '\r' '\n' </run/khibernate/said | tail -n 1 >&2
        return 1
    fi
    tr '\r' '\n' </run/khibernate/said |
        grep -v -e ': \[' -e '^The kernel version' -e '^The makedumpfile operation' -e '^ *$' |
        head -n 1 | grep . >&2 || echo "exit status $status" >&2
    return 1
}

# now: the time (UTC), from the clock that B's kernel has it from.
now() {
    if { read -r day </sys/class/rtc/rtc0/date && read -r time </sys/class/rtc/rtc0/time; } 2>/dev/null; then
        printf '%sT%sZ\n' "$day" "$time"
    else
        date -u +%Y-%m-%dT%H:%M:%SZ
    fi
}

# describe STATE: checks what is to be committed, then commits it. Everything before it is on the disk already.
describe() {
    # shellcheck disable=SC2086 # no word when empty
    ram=$(krestore --ranges /proc/vmcore) && arch=$(kjump --show-arch) && read -r kernel_b </proc/sys/kernel/osrelease || return 1
    # A's disks as they are now. Without this the image is as good, so nothing here may end the save.
    guard=$(kmeta record /khibernate.conf 1) || guard="unguarded=A's devices ($(last_error))"
    {
        printf '%s\n' format=2 "state=$1" "arch=$arch" &&
            cat /khibernate.conf $facts &&
            printf '%s\n' "window=$window" "ram=$ram" "jump_back_entry=$entry" \
                "paging=$paging" "mailbox=$mailbox" "kernel_b=$kernel_b" \
                "saved_at=$(now)" ${guard:+"$guard"}
    } >/run/khibernate/meta &&
        kmeta commit /run/khibernate/checked </run/khibernate/meta &&
        krestore $quiet "$checking" $mnt /run/khibernate/checked &&
        kmeta commit $mnt/hibernate.meta </run/khibernate/meta
}

# "SIZE@START" of the command line as "start-end", which is how ranges are written.
window=$(param khibernate.window)
window=$(printf '%x-%x' $((${window#*@})) $((${window#*@} + ${window%@*})))
action=$(setting action poweroff)
# --test save reads all of the image back.
checking=--check
[ "$(setting verify 0)" = 0 ] || checking=--verify

if [ "$action" = jump ]; then
    kjump --mailbox "$mailbox" --mail "jumped to B and back; nothing was saved" || true
    back_to_a
fi

partition=$(setting partition '')
device=$(wait_device "$partition" "$(setting device_timeout 30)") ||
    give_up "partition: $partition did not appear"
attempt mount mount_partition "$device" $mnt
hint='; Esc or ^C goes back'
[ -z "$quiet" ] || hint=''
say "saving to $device$hint"
attempt save save_memory
printf '%s\n' "$entry" >$mnt/kexec_jump_back_entry
attempt fsync kmeta sync $mnt/kexec_jump_back_entry
size=$(lookup $facts dump_size)
if [ "$action" = resume ]; then
    attempt metadata describe snapshot
else
    attempt metadata describe ready
fi
# From here the image is whole and durable, so nothing may lead back into A but --action resume. It is so by the file system's
# journal: unmounting would copy what is in that to its place and then empty it, and a disk that fails just then takes the
# image with it. Who mounts the partition next replays the journal.
note=$(unguarded_note /run/khibernate/meta)
say "saved $((size >> 20)) MiB$note"

case $action in
resume)
    umount $mnt || true
    kjump --mailbox "$mailbox" --mail "saved $((size >> 20)) MiB$note" || true
    back_to_a
    ;;
reboot) end=reboot ;;
*) end=poweroff ;;
esac
trap - 0
until $end -n; do
    say "saved, but the $end failed: the machine may be switched off"
    sleep 60
done
# The kernel takes a moment to do it.
sleep 60
