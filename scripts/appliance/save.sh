# SPDX-License-Identifier: GPL-2.0-or-later
# Entered by kexec jump from the system that hibernates, which is whole in memory: saves that from /proc/vmcore to the
# hibernating partition and powers off. Whatever fails ends in a jump back into that system, which learns why through its
# mailbox: an unsaved machine is never switched off. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings are variables

mnt=/run/khibernate/mnt
dump_facts=/run/khibernate/dump.facts

# --- back into the system that hibernates

# load_way_back: loads the trampoline into the window, as all other memory is that system's.
load_way_back() {
    kjump --load-jump-back-helper --entry "$entry" --paging "$paging"
}

# back_to_system: jumps back.
back_to_system() {
    set +eu
    trap - 0
    umount $mnt 2>/dev/null
    until kjump -e; do
        say "the jump back failed; the unsaved system is still in memory: do not switch off; trying again"
        sleep 5
        load_way_back
    done
}

# forget_image: deletes what there is of an image, since it takes the room that the next one needs. With wipe it only deletes the
# metadata, and leaves wiping to the system that goes on. Fails if a boot may still find the image. The time limit is for a partition
# that does not answer any more, which must not keep us from going back.
forget_image() {
    if [ "$wipe" = 1 ]; then
        timeout 60 kimage unname $mnt
    else
        timeout 60 kimage delete $mnt
    fi
}

# forget_committed_image: deletes an image when its last write has failed. After an error a mounted journal takes no more writes, so the
# partition is mounted anew, which replays the journal and shows whether that write arrived. This cannot be left to the system that goes
# on, since by its first act the image is out of date. A snapshot is kept, since no boot would resume it.
forget_committed_image() {
    [ "$action" != resume ] || return 0
    umount $mnt
    mount_partition "$device" $mnt && forget_image && return
    umount $mnt
    # Without a superblock no boot finds an image.
    dd if=/dev/zero of="$device" bs=1k seek=1 count=1 conv=notrunc,fsync
}

# give_up CODE TEXT: says why the save failed, deletes what is there of an image, and goes back.
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

# save_memory: ksave writes the pages that makedumpfile says have to be saved. If ksave cannot get that from makedumpfile, or is not
# wanted, makedumpfile writes an ELF core by itself, which takes longer.
save_memory() {
    zero_option=''
    [ "$free_is_zero" = 0 ] || zero_option=--free-is-zero
    if [ "$writer" = ksave ]; then
        status=0
        # shellcheck disable=SC2086 # no word when empty
        kkeys watch ksave $quiet_option $zero_option --compress "$compress" --dump-level "$dump_level" \
            --window "$window_range" --facts $dump_facts /proc/vmcore $mnt || status=$?
        # 3: ksave could not get the page filter.
        [ "$status" = 3 ] || return "$status"
        say "ksave: $(last_error); makedumpfile copies by itself"
    fi
    # shellcheck disable=SC2086
    filter_and_copy && kkeys watch kimage sync $mnt/dump.elf && kkeys watch ksave $quiet_option --index --facts $dump_facts $mnt
}

# filter_and_copy: lets makedumpfile write the dump. Its progress and its errors come on one stream, which is shown, and in which the
# error is looked for afterwards.
# shellcheck disable=SC2086 # one word for each console
filter_and_copy() {
    messages=7 # progress, common messages (among them most errors), errors
    [ "$quiet" = 0 ] || messages=6
    {
        status=0
        kkeys watch makedumpfile --message-level $messages -E -d "$dump_level" /proc/vmcore $mnt/dump.elf 2>&1 || status=$?
        echo "$status" >"$run/status"
    } | tee "$run/said" $more_consoles
    status=$(cat "$run/status")
    [ "$status" != 0 ] || return 0
    # A key or a signal ended it; the last line is that of kkeys, which says so.
    if [ "$status" -ge 128 ]; then
        tr '\r' '\n' <"$run/said" | tail -n 1 >&2
        return "$status"
    fi
    tr '\r' '\n' <"$run/said" |
        grep -v -e ': \[' -e '^The kernel version' -e '^The makedumpfile operation' -e '^ *$' |
        head -n 1 | grep . >&2 || echo "exit status $status" >&2
    return 1
}

# save_or_give_up: saves the memory. If the user ends that, or if something that makedumpfile has to read lies in the window, so that
# the system may try again with another one, the failure has a code of its own.
save_or_give_up() {
    code=SAVE step=save status=0 why_window=0
    save_memory 2>"$run/errors" || status=$?
    [ "$status" != 0 ] || return 0
    why=$(last_error)
    # 130: the user ended it by a key.
    if [ "$status" = 130 ]; then
        code=ABORTED
    else
        kcheck window "$window_range" /proc/vmcore 2>"$run/errors" || why_window=$?
    fi
    # 6: it holds some of that.
    [ "$why_window" != 6 ] || code=WINDOW why="$(last_error) ($why)"
    give_up "$code" "save: $why"
}

# describe: leaves in save.facts what the metadata says besides the facts of the system and of the dump.
describe() {
    # shellcheck disable=SC2086 # no word when empty
    ram=$(krestore --ranges /proc/vmcore) && arch=$(kjump --show-arch) && read -r kernel_b </proc/sys/kernel/osrelease || return
    # How the system's disks are now, for the stale image guard. The image is good without it, so a failure here must not end the save.
    guard=$(kcheck record /khibernate.facts 1) || guard="unguarded=the system's devices ($(last_error))"
    printf '%s\n' "arch=$arch" "window=$window_range" "ram=$ram" "jump_back_entry=$entry" "paging=$paging" "mailbox=$mailbox" \
        "kernel_b=$kernel_b" ${guard:+"$guard"} >"$run/save.facts"
}

# make_description STATE: writes what is to become the metadata.
make_description() {
    kimage describe --state "$1" /khibernate.facts $dump_facts "$run/save.facts" >"$run/meta"
}

# commit STATE: puts the metadata together and commits the image. Everything else of the image is on the disk already.
commit() {
    attempt SAVE metadata describe
    verify_option=''
    # For --test save all of the image is read back.
    [ "$verify" = 0 ] || verify_option=--verify
    attempt SAVE metadata make_description "$1"
    # From here on, if the script ends unexpectedly, it cannot be known whether there is an image.
    code=COMMIT_UNKNOWN status=0
    # shellcheck disable=SC2086 # no word when empty
    kimage commit $quiet_option $verify_option $mnt <"$run/meta" 2>"$run/errors" || status=$?
    # 1 and 2: nothing was written, so there is no image. Otherwise it cannot be known whether the commit took effect.
    case $status in
    1 | 2) code=SAVE ;;
    esac
    [ "$status" = 0 ] || give_up "$code" "metadata: $(last_error)"
}

# --- the story

# If this script ends unexpectedly, it has to go back, since the end of process 1 would be a panic. (klibc's shell knows signals only by
# number; 0 is the exit.)
code=SAVE step=start
trap 'give_up "$code" "$step: unexpected end of the script"' 0

# What went wrong with the settings is said below; the way back is loaded in any case, and first of all, while there is memory for it.
settings_error=$(last_error)
attempt SAVE "way back" load_way_back
[ "$settings_good" = 1 ] || give_up SAVE "settings: $settings_error"
set_verbosity
if [ "$action" = jump ]; then
    kmail "$mailbox" NONE "jumped to the appliance and back; nothing was saved" || true
    back_to_system
fi
device=$(kcheck device --wait "$device_timeout" "$partition" 2>"$run/errors") ||
    give_up SAVE "partition: $(last_error)"
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
# From here the image is whole and durable, so only --action resume may go back into the system. The partition stays mounted: parts of
# the image may be in the journal only, and unmounting would write them to their place and then empty the journal; if the disk failed
# during that, the image would be lost. The next mount replays the journal.
# Of what kimage prints only the summary is taken, since other variables of it would replace those of our own way back.
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
# The kernel may take a moment for it.
sleep 60
