# SPDX-License-Identifier: GPL-2.0-or-later
# Entered by kexec jump from the system that hibernates, which is whole in memory: saves that from /proc/vmcore to the
# hibernating partition and powers off. Whatever fails ends in a jump back into that system, which learns why through its
# mailbox: an unsaved machine is never switched off. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings are variables

mnt=/run/khibernate/mnt
dump_facts=/run/khibernate/dump.facts

# --- back into the system that hibernates

# back_to_system: what is loaded for the way back lies in the window; that system never stopped owning its memory.
back_to_system() {
    set +eu
    trap - 0
    umount $mnt 2>/dev/null
    kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
    until kjump -e; do
        say "the jump back failed; the unsaved system is still in memory: do not switch off; trying again"
        sleep 5
        kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
    done
}

# forget_image: half an image helps nobody and takes the room that the next one needs. To wipe it is left to the system that
# goes on, which has the time. Fails when a boot may still find it. A partition that is gone must not keep us from going back.
forget_image() {
    if [ "$wipe" = 1 ]; then
        timeout 60 kimage unname $mnt
    else
        timeout 60 kimage delete $mnt
    fi
}

# forget_committed_image: the same when the last write of the save failed: a journal that has failed takes nothing back, so
# whether that write arrived shows when the journal is replayed. The system that goes on would come too late: by its first act
# the image is of a moment that is gone. Where no boot would take it for an image of that moment, nothing is wiped.
forget_committed_image() {
    [ "$action" != resume ] || return 0
    umount $mnt
    mount_partition "$device" $mnt && forget_image && return
    umount $mnt
    # Without a superblock no boot finds an image.
    dd if=/dev/zero of="$device" bs=1k seek=1 count=1 conv=notrunc,fsync
}

# give_up CODE TEXT: the save failed.
give_up() {
    # Settings may be missing, and nothing that fails from here on may keep us from going back.
    set +eu
    trap back_to_system 0
    say "not saved: $2; going back"
    debug_shell
    {
        forget_image || [ "$1" != COMMIT_UNKNOWN ] || forget_committed_image
    } 2>/dev/null
    kmail "$mailbox" "$1" "$2"
    back_to_system
}

# --- saving

# save_memory: makedumpfile decides which pages matter, ksave writes them. Where ksave cannot make out what makedumpfile
# decided, or is not wanted, makedumpfile writes its own ELF core, which takes longer.
save_memory() {
    zero_option=''
    [ "$free_is_zero" = 0 ] || zero_option=--free-is-zero
    if [ "$writer" = ksave ]; then
        status=0
        # shellcheck disable=SC2086 # no word when empty
        kkeys watch ksave $quiet_option $zero_option --compress "$compress" --dump-level "$dump_level" \
            --window "$window_range" --facts $dump_facts /proc/vmcore $mnt || status=$?
        # 3: there is another way.
        [ "$status" = 3 ] || return "$status"
        say "ksave: $(last_error); makedumpfile copies by itself"
    fi
    # shellcheck disable=SC2086
    filter_and_copy && kkeys watch kimage sync $mnt/dump.elf && kkeys watch ksave $quiet_option --index --facts $dump_facts $mnt
}

# filter_and_copy: makedumpfile alone. What it says, progress and errors, comes on one stream: shown, and searched for the error.
filter_and_copy() {
    messages=7 # progress, common messages (among them most errors), errors
    [ "$quiet" = 0 ] || messages=6
    {
        status=0
        kkeys watch makedumpfile --message-level $messages -E -d "$dump_level" /proc/vmcore $mnt/dump.elf 2>&1 || status=$?
        echo "$status" >"$run/status"
    } | tee "$run/said"
    status=$(cat "$run/status")
    [ "$status" != 0 ] || return 0
    # Ended by a key or a signal, of which kkeys has the last word.
    if [ "$status" -ge 128 ]; then
        tr '\r' '\n' <"$run/said" | tail -n 1 >&2
        return "$status"
    fi
    tr '\r' '\n' <"$run/said" |
        grep -v -e ': \[' -e '^The kernel version' -e '^The makedumpfile operation' -e '^ *$' |
        head -n 1 | grep . >&2 || echo "exit status $status" >&2
    return 1
}

# save_or_give_up: a save that the user ended has a code of its own.
save_or_give_up() {
    code=SAVE step=save status=0
    save_memory 2>"$run/errors" || status=$?
    # 130: ended by a key.
    [ "$status" != 130 ] || code=ABORTED
    [ "$status" = 0 ] || give_up "$code" "save: $(last_error)"
}

# now: the time (UTC), from the clock that this kernel has it from.
now() {
    if { read -r day </sys/class/rtc/rtc0/date && read -r time </sys/class/rtc/rtc0/time; } 2>/dev/null; then
        printf '%sT%sZ\n' "$day" "$time"
    else
        date -u +%Y-%m-%dT%H:%M:%SZ
    fi
}

# describe: what the metadata says besides the facts of the system and of the dump.
describe() {
    # shellcheck disable=SC2086 # no word when empty
    ram=$(krestore --ranges /proc/vmcore) && arch=$(kjump --show-arch) && read -r kernel_b </proc/sys/kernel/osrelease || return
    # The system's disks as they are now. Without this the image is as good, so nothing here may end the save.
    guard=$(kcheck record /khibernate.facts 1) || guard="unguarded=the system's devices ($(last_error))"
    printf '%s\n' "arch=$arch" "window=$window_range" "ram=$ram" "jump_back_entry=$entry" "paging=$paging" "mailbox=$mailbox" \
        "kernel_b=$kernel_b" "saved_at=$(now)" ${guard:+"$guard"} >"$run/save.facts"
}

# make_description STATE: what is to become the metadata.
make_description() {
    kimage describe --state "$1" /khibernate.facts $dump_facts "$run/save.facts" >"$run/meta"
}

# commit STATE: checks what is to be committed, then commits it. Everything before it is on the disk already.
commit() {
    attempt SAVE metadata describe
    verify_option=''
    # --test save reads all of the image back.
    [ "$verify" = 0 ] || verify_option=--verify
    attempt SAVE metadata make_description "$1"
    # From here until the end, whatever goes wrong leaves it open whether there is an image.
    code=COMMIT_UNKNOWN status=0
    # shellcheck disable=SC2086 # no word when empty
    kimage commit $quiet_option $verify_option $mnt <"$run/meta" 2>"$run/errors" || status=$?
    # 1 and 2: nothing was written.
    case $status in
    1 | 2) code=SAVE ;;
    esac
    [ "$status" = 0 ] || give_up "$code" "metadata: $(last_error)"
}

# --- the story

# Process 1 must not end while the system is unsaved. (klibc's shell knows signals by number only; 0 is the exit.)
code=SAVE step=start
trap 'give_up "$code" "$step: unexpected end of the script"' 0

[ "$settings_good" = 1 ] || give_up SAVE "settings: $(last_error)"
set_verbosity
if [ "$action" = jump ]; then
    kmail "$mailbox" NONE "jumped to the appliance and back; nothing was saved" || true
    back_to_system
fi
device=$(kcheck device --wait "$device_timeout" "$partition" 2>"$run/errors") ||
    give_up SAVE "partition: $partition did not appear"
attempt SAVE mount mount_partition "$device" $mnt
hint='; Esc or ^C goes back'
[ "$quiet" = 0 ] || hint=''
say "saving to $device$hint"
save_or_give_up
printf '%s\n' "$entry" >$mnt/kexec_jump_back_entry
attempt SAVE fsync kimage sync $mnt/kexec_jump_back_entry
if [ "$action" = resume ]; then
    commit snapshot
else
    commit ready
fi
# From here the image is whole and durable, so nothing may lead back into the system but --action resume. It is so by the file
# system's journal: unmounting would copy what is in that to its place and then empty it, and a disk that fails just then takes
# the image with it. Who mounts the partition next replays the journal.
# Only this of what it prints: the rest would take the place of our own way back.
summary=$(
    eval "$(kimage state $mnt 2>/dev/null)"
    printf '%s\n' "${summary:-the image}"
)
say "saved $summary"

case $action in
resume)
    umount $mnt || true
    kmail "$mailbox" NONE "saved $summary" || true
    back_to_system
    ;;
reboot) end=reboot ;;
*) end=poweroff ;;
esac
trap - 0
until "$end" -n; do
    say "saved, but the $end failed: the machine may be switched off"
    sleep 60
done
# The kernel takes a moment to do it.
sleep 60
