#!/bin/sh
# Part A: hibernates this running system. Checks everything that can be
# checked, loads the appliance (B) into the window and jumps; when B or, after
# a cold boot, C or C' jumps back, the call below returns and so does this script.
set -eu

# Few programs are started here: on a slow machine each takes longer than what it does.
here=$0
[ ! -L "$here" ] || here=$(readlink -f "$here")
case $here in
*/*) here=${here%/*} ;;
*) here=. ;;
esac
# shellcheck disable=SC2034 # lib.sh reads it
part=A
# shellcheck source=/dev/null
. "$here/lib.sh"
# shellcheck source=/dev/null
. "$here/partition.sh"
PATH=$here:$PATH
run=/run/khibernate
mnt=$run/mnt

usage() {
    cat <<'TEXT'
usage: hibernate.sh [OPTIONS]
  --partition NAME                  hibernating partition: /dev/.., LABEL=.., UUID=.. or PARTUUID=.. (default LABEL=khibernate)
  --action poweroff|reboot|resume   after saving (resume: come straight back)
  --test check|jump|save            check only; jump to B and back; save, verify and come back
  --dump-level 0|1|16|17            what is left out: 1 zero pages, 16 free pages, 17 both (default 17)
  --compress none|lz4|zstd          how the image is compressed (default none)
  --writer ksave|makedumpfile       which program writes it (default ksave; makedumpfile does not compress)
  --window SIZE[@ADDR]              RAM that the appliance runs in (default 48M, more above 16 GiB of RAM; place chosen)
  --append TEXT                     more kernel parameters for the appliance
  --discard                         delete an image that was saved but never resumed
  --wipe                            leave nothing of an image that is deleted, and delete this one after the resume
  --force                           go on although the partition looks too small or a watchdog is active
  --debug                           show what kjump decides
  -q, --quiet                       no progress
  -h, --help                        this text
Settings may stand in /etc/khibernate.conf, or on the kernel command line as khibernate.NAME=: partition=,
action=, dump_level=, compress=, writer=, window=, append=, wipe=, quiet=, on_fail=, debug=, report=.
Exit: 0 hibernated and resumed, or the test went well; 1 not hibernated (one line says why); 2 usage.
TEXT
}

# log LEVEL OUTCOME: to the kernel's log, and for who asks after its end to a file. A system that cannot write that, as one
# whose root is read-only, hibernates all the same.
log() {
    printf '<%s>khibernate: %s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || true
    (umask 077 && printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >>/var/log/khibernate.log) 2>/dev/null || true
}

die() {
    printf 'hibernate.sh: %s\n' "$1" >&2
    log 3 "not hibernated: $1"
    exit 1
}

bad_usage() {
    printf 'hibernate.sh: options: %s (see --help)\n' "$1" >&2
    exit 2
}

# configured NAME DEFAULT: from the configuration file, else the kernel command line, else DEFAULT.
configured() {
    lookup /etc/khibernate.conf "$1" || param "khibernate.$1" || printf '%s\n' "$2"
}

partition=$(configured partition LABEL=khibernate)
action=$(configured action poweroff)
dump_level=$(configured dump_level 17)
compress=$(configured compress none)
writer=$(configured writer ksave)
window=$(configured window '')
append=$(configured append '')
report=$(configured report '')
wipe=$(configured wipe 0)
quiet=$(configured quiet 0)
on_fail=$(configured on_fail boot)
shell_allowed=$(configured debug "$(! has_param khibernate.debug || echo 1)")
test='' discard='' force='' debug='' verify=0

while [ $# -gt 0 ]; do
    case $1 in
    --partition | --action | --test | --dump-level | --compress | --writer | --window | --append)
        [ $# -ge 2 ] || bad_usage "$1 needs a value"
        name=${1#--} value=$2
        shift
        ;;
    --*=*)
        name=${1%%=*} value=${1#*=}
        name=${name#--}
        ;;
    -*) name=$1 value='' ;;
    *) bad_usage "unknown argument $1" ;;
    esac
    case $name in
    partition) partition=$value ;;
    action) action=$value ;;
    test) test=$value ;;
    dump-level) dump_level=$value ;;
    compress) compress=$value ;;
    writer) writer=$value ;;
    window) window=$value ;;
    append) append=$value ;;
    --discard) discard=1 ;;
    --wipe) wipe=1 ;;
    --force) force=1 ;;
    --debug) debug=-d ;;
    -q | --quiet) quiet=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) bad_usage "unknown option $1" ;;
    esac
    shift
done

case $action in
poweroff | reboot | resume) ;;
*) bad_usage "--action is poweroff, reboot or resume, not $action" ;;
esac
case $test in
'' | check) ;;
jump) action=jump ;;
save) action=resume verify=1 ;;
*) bad_usage "--test is check, jump or save, not $test" ;;
esac
case $dump_level in
0 | 1 | 16 | 17) ;;
*) bad_usage "--dump-level is 0, 1, 16 or 17: anything else leaves out memory that this system needs" ;;
esac

case $compress in
none | lz4 | zstd) ;;
*) bad_usage "--compress is none, lz4 or zstd, not $compress" ;;
esac
case $writer in
ksave | makedumpfile) ;;
*) bad_usage "--writer is ksave or makedumpfile, not $writer" ;;
esac

# What this kernel expects of a free page that comes back. One that poisons them finds any other content damaged;
# one that zeroes them when they are freed takes them to be zero; for any other it is nobody's. Where the configuration
# cannot be read it may be any of them: zeros do for all, since who poisons says so on the kernel command line.
if [ -r /proc/config.gz ]; then
    kernel_config=$(zcat /proc/config.gz 2>/dev/null || true)
else
    kernel_config=$(cat "/boot/config-$(uname -r)" 2>/dev/null || true)
fi
free_is_zero=0
case $kernel_config in
*CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y*) dump_level=$((dump_level & 1)) ;;
esac
case $kernel_config in
'' | *CONFIG_INIT_ON_FREE_DEFAULT_ON=y*) free_is_zero=1 ;;
esac
if has_param page_poison || has_param debug_pagealloc; then
    dump_level=$((dump_level & 1))
fi
if has_param init_on_free; then
    free_is_zero=1
fi

errors=$run/errors
mounted=''
cleanup() {
    [ -z "$mounted" ] || umount $mnt || true
    rmdir $run/lock
}
# lock: one at a time, since a second one would load over the first; fails if there is another.
lock() {
    [ -d $run ] || mkdir -p $run
    mkdir $run/lock 2>/dev/null || return
    trap cleanup 0
    trap 'exit 1' 1 2 15
}

if [ "$test" = check ]; then
    # shellcheck source=/dev/null
    . "$here/check.sh"
    check_machine
    exit
fi

# uid: the effective user.
while read -r name _ uid _; do
    [ "$name" != Uid: ] || [ "$uid" = 0 ] || die "start: only root may hibernate"
done </proc/self/status
for file in bzImage rootfs.gz kjump ksum; do
    [ -r "$here/$file" ] || die "start: $here/$file is missing"
done

if reason=$(why_not_here "$here/kjump"); then
    die "start: $reason"
fi

lock || die "start: another hibernate.sh is at work ($run/lock)"

found=$(kjump --probe --device "$partition" --claim --show-device --show-uuid 2>$errors) || die "$(last_error)"
{ read -r device && read -r uuid; } <<LINES
$found
LINES

for watchdog in /sys/class/watchdog/*/state; do
    if [ -e "$watchdog" ] && [ "$(cat "$watchdog")" = active ] && [ -z "$force" ]; then
        die "watchdog: ${watchdog%/state} is active and would reset the machine while it is being saved"
    fi
done

mount_partition "$device" $mnt 2>$errors || die "partition: $device: $(last_error)"
mounted=1
state=$(lookup $mnt/hibernate.meta state || true)
if [ "$state" = ready ] && [ -z "$discard" ]; then
    why=$(lookup $mnt/resume.error reason || echo "boot it")
    die "partition: $device holds an image of $(lookup $mnt/hibernate.meta saved_at) that was never resumed ($why); --discard deletes it"
fi
if [ "$wipe" = 1 ]; then
    kjump --wipe $mnt 2>$errors || die "$(last_error)"
fi
remove_image $mnt sync $mnt 2>$errors || die "partition: $device: $(last_error)"
install_appliance "$here" $mnt 2>$errors || die "partition: copying the appliance to $device: $(last_error)"
sync $mnt
free=$(room_on $mnt)
umount $mnt 2>$errors || die "partition: $device: $(last_error)"
mounted=''
used=$(memory_in_use "$dump_level")
[ "$free" -ge "$used" ] || [ -n "$force" ] ||
    die "partition: $device is too small: $((used >> 10)) MiB of memory are in use, $((free >> 10)) MiB are free on it"

read -r id </proc/sys/kernel/random/uuid
read -r boot_id </proc/sys/kernel/random/boot_id
read -r release </proc/sys/kernel/osrelease
# What C compares before it resumes: whether this is the machine.
machine=$(kjump --show-machine 2>$errors) || die "$(last_error)"
# What C compares, too: whether somebody else has used the disks that this system knows.
devices=$(kjump --devices 2>$errors) || say "note: a use of the disks by another system will not be noticed: $(last_error)"
# shellcheck disable=SC2154 # appliance_sums left the two sums
{
    printf '%s\n' "partition=UUID=$uuid" "action=$action" "dump_level=$dump_level" \
        "compress=$compress" "writer=$writer" "free_is_zero=$free_is_zero" \
        "quiet=$quiet" "report=$report" "wipe=$wipe" "verify=$verify" "on_fail=$on_fail" "debug=$shell_allowed" \
        "id=$id" \
        "boot_id=$boot_id" \
        "kernel_a=$release" "$machine" \
        "bzImage_sum=$bzImage_sum" "rootfs_sum=$rootfs_sum" ${devices:+"$devices"}
} >$run/conf

# B looks at the disks that this system uses, too.
names=''
for word in $devices; do
    case $word in
    device=*) names="$names ${word#device=}" ;;
    esac
done

# load_b [-e]: loads the appliance, and jumps with -e. Only when nobody has begun to use the partition since it was unmounted;
# its page cache is dropped, too, which must not outlive what B and C' write: it would come back with A.
load_b() {
    # shellcheck disable=SC2086,SC2154 # one word for each disk; lib.sh has ends_hangs
    kjump $debug --load-preserve-context "$here/bzImage" --initrd "$here/rootfs.gz" \
        --device "$device" --claim --config $run/conf ${window:+--window "$window"} --reuse-cmdline \
        --append "reset_devices $ends_hangs nvme.max_host_mem_size_mb=0 $(spare_others "$device" $names) $append" "$@" 2>$errors
}

# C looks where its own command line says, or for the default label.
looked_for=$(param khibernate.partition || echo LABEL=khibernate)
if [ "$looked_for" != "$partition" ] && [ "$action" != jump ] &&
    [ "$(kjump --device "$looked_for" --show-device 2>/dev/null || true)" != "$device" ]; then
    say "note: boot the appliance with khibernate.partition=UUID=$uuid, or it will not find the image"
fi
sync
[ "$quiet" = 1 ] || say "hibernating to $device; the screen may stay dark, do not switch off by hand"

# disown_image: this system runs on, so an image of it must never be resumed, whatever B left behind. Adds to the reason for which
# it runs on what became of the partition.
disown_image() {
    kjump --device "$device" --claim 2>/dev/null || true
    mount_partition "$device" $mnt 2>/dev/null &&
        { [ "$(lookup $mnt/hibernate.meta state || true)" != ready ] || rm -f $mnt/hibernate.meta; } &&
        { [ "$wipe" != 1 ] || kjump --wipe $mnt 2>/dev/null; } &&
        sync $mnt && umount $mnt && return
    umount $mnt 2>/dev/null || true
    # There was none when B began, and this is where B would have made one.
    case $action:$reason in
    resume:* | jump:*) return ;;
    *' appliance: metadata: '*) ;;
    *) return ;;
    esac
    # B cannot know whether its last write arrived, and has done the same before it came back. Only where B could write nothing
    # more, and we can, a cut in these two seconds leaves an image that is older than what this system does to its disks.
    dd if=/dev/zero of="$device" bs=1k seek=1 count=1 conv=notrunc,fsync 2>/dev/null &&
        reason="$reason; $device failed when the image was complete, and was wiped: it needs mkhibernate.sh" && return
    reason="$reason; $device could not be wiped: it may hold an image of this moment, which must not be resumed"
}

outcome=$(load_b -e) || {
    [ -z "$debug" ] || cat $errors >&2
    kjump -u 2>/dev/null || true
    reason=$(last_error)
    disown_image
    die "$reason"
}
[ -z "$debug" ] || cat $errors >&2
# The window's backup pages go back to this system.
kjump -u 2>$errors || say "$(last_error)"
log 5 "$outcome"
[ "$quiet" = 1 ] || say "$outcome"

# What was this system's memory is not needed any more. A snapshot was asked for, but for a test.
wipe_used() {
    kjump --device "$device" --claim && mount_partition "$device" $mnt || return
    mounted=1
    case $(lookup $mnt/hibernate.meta state || true)$test in
    consumed | snapshotsave) kjump --wipe $mnt || return ;;
    esac
    umount $mnt || return
    mounted=''
}
if [ "$wipe" = 1 ] && [ "$test" != jump ] && ! wipe_used 2>$errors; then
    say "note: the image on $device could not be wiped: $(last_error)"
fi
