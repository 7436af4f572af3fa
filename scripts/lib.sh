# Shared by A's scripts and by the appliance's parts; sourced, not run.
# shellcheck shell=sh

# What is read often is read once, and whole files by a program: the shell's read makes a system call for each byte.
read -r cmdline </proc/cmdline
conf=''
[ ! -r /khibernate.conf ] || conf=$(cat /khibernate.conf)

# param NAME: the last value of NAME= on the kernel command line; fails if there is none.
param() {
    found=1 value=''
    for word in $cmdline; do
        case $word in
        "$1"=*) value=${word#*=} found=0 ;;
        esac
    done
    [ $found = 0 ] && printf '%s\n' "$value"
}

# has_param NAME: is NAME or NAME=... on the kernel command line?
has_param() {
    for word in $cmdline; do
        case $word in
        "$1" | "$1"=*) return 0 ;;
        esac
    done
    return 1
}

# value_in TEXT KEY: the value of the last KEY=... line; fails if there is none.
value_in() {
    found=1 value=''
    set -f
    IFS='
'
    for line in $1; do
        case $line in
        "$2"=*) value=${line#*=} found=0 ;;
        esac
    done
    unset IFS
    set +f
    [ $found = 0 ] && printf '%s\n' "$value"
}

# lookup FILE KEY: the same in a file.
lookup() {
    [ -r "$1" ] && value_in "$(cat "$1")" "$2"
}

# setting NAME DEFAULT: what A configured for this boot, else khibernate.NAME=, else the default.
setting() {
    value_in "$conf" "$1" || param "khibernate.$1" || printf '%s\n' "$2"
}

# say TEXT...: one line for the user, and for who listens on khibernate.report=.
say() {
    printf 'khibernate: %s: %s\n' "${part:-A}" "$*" || true
    [ -z "${report:-}" ] || printf '%s: %s\n' "${part:-A}" "$*" >"$report" || true
}

# wait_device DEVICE|LABEL=..|UUID=..|PARTUUID=.. SECONDS: waits until it is there; its node on stdout.
wait_device() {
    tries=$(($2 * 10))
    until kjump --device "$1" --show-device 2>/run/khibernate/errors; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# spare_others DEVICE...: kernel parameters for a kernel that uses only these disks: resetting others and waiting for
# them to spin up would take its time.
spare_others() {
    for name; do
        path=$(cd -P "/sys/class/block/${name#/dev/}" 2>/dev/null && pwd -P) || return 0
        case $path in
        */ata[0-9]*) return 0 ;;
        esac
    done
    echo libata.force=disable
}

# last_error: the last line of what a program said that was called with 2>/run/khibernate/errors.
last_error() {
    said='no reason given'
    while IFS= read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || said=$line
    done </run/khibernate/errors
    printf '%s\n' "$said"
}

# attempt STEP COMMAND...: when it fails, calls the part's give_up with the step and the command's last error line.
attempt() {
    step=$1
    shift
    "$@" 2>/run/khibernate/errors || give_up "$step: $(last_error)"
}

# may_debug: was debugging configured? Only then is there a shell: who sits at the console could read A's memory in it.
may_debug() {
    case $(value_in "$conf" debug || param khibernate.debug || { ! has_param khibernate.debug || echo 1; }) in
    '' | 0) return 1 ;;
    esac
}

# on_fail: what to do when things went wrong: boot, halt, reboot or shell.
on_fail() {
    wish=$(setting on_fail boot)
    case $wish in
    halt | reboot) ;;
    shell) may_debug || wish=boot ;;
    *) wish=boot ;;
    esac
    printf '%s\n' "$wish"
}

# debug_shell: a shell, where it is wanted and allowed; this part goes on when it ends.
debug_shell() {
    [ "$(on_fail)" != shell ] || {
        say "here is a shell; exit goes on"
        PATH=/sbin:/bin setsid cttyhack sh || true
    }
}

# end_here: there is no system to go on with. A machine that reboots for ever shows nobody why.
end_here() {
    if [ "$(on_fail)" = reboot ]; then
        reboot -n
        sleep 60
    fi
    debug_shell
    say "halted"
    halt -f
    while :; do
        sleep 60
    done
}

# What ends a kernel that cannot go on, as after a crash: a panic, or two minutes in which its only CPU ran nothing else
# than one piece of the kernel. A task that only waits is no such case: a slow disk may take its time.
# shellcheck disable=SC2034 # hibernate.sh and boot.sh give it to B and C'
ends_hangs='panic=10 softlockup_panic=1 watchdog_thresh=60'

# size_of FILE: its size in bytes.
size_of() {
    wc -c <"$1" | tr -d ' '
}

# sum_of FILE...: the checksum of each on a line.
sum_of() {
    sums=$(ksum -q "$@") || return
    printf '%s\n' "$sums" | while read -r sum _; do
        printf '%s\n' "$sum"
    done
}

# block_resume TEXT DIR: the image in DIR stays, but no boot resumes it any more; TEXT is why. That resume.error is there is what
# counts, so it comes whole, and by damage to what it says nothing is resumed. The next save deletes it.
block_resume() {
    printf 'reason=%s\n' "$1" | kmeta commit "$2/resume.error"
}

# remove_image DIR SYNC...: deletes the image in DIR; first what makes an image of it. The command SYNC puts that on the disk,
# so that a cut leaves none, not half of one that looks whole.
remove_image() {
    dir=$1
    shift
    rm -f "$dir/hibernate.meta" "$dir/hibernate.meta.new" && "$@" &&
        rm -f "$dir"/dump.elf* "$dir/dump.index" "$dir/kexec_jump_back_entry" "$dir/resume.error" "$dir/resume.attempts"
}

# mark META STATE: the same metadata with another state, durably.
mark() {
    newline='
'
    text=$(cat "$1") || return
    rest=${text#*"$newline"state=}
    rest=${rest#*"$newline"}
    # The last line, the sum, is made anew by kmeta.
    printf '%s\n' "${text%%"$newline"state=*}" "state=$2" "${rest%"$newline"sum=*}" >/run/khibernate/meta &&
        kmeta commit "$1" </run/khibernate/meta
}

# same_entry DIR: does the image in DIR say in both places where A is to be entered?
same_entry() {
    read -r saved <"$1/kexec_jump_back_entry" && [ "$saved" = "$(lookup "$1/hibernate.meta" jump_back_entry)" ] && return
    echo "kexec_jump_back_entry is not what hibernate.meta says" >&2
    return 1
}

# unguarded_note META: of whose changes nobody knows.
unguarded_note() {
    ! unguarded=$(lookup "$1" unguarded) || printf '; not guarded against changes, since not seen: %s' "$unguarded"
}

# resumed_from META: how it went, for A.
resumed_from() {
    size=$(lookup "$1" dump_size)
    printf 'resumed from an image of %s MiB%s\n' $((size >> 20)) "$(unguarded_note "$1")"
}

# other_cpus STATE: switches all CPUs but the first on (1) or off (0). kexec only tells them to halt. One that is slow to get
# there would run on in memory that is written over (seen in an emulator on a busy host); one that is offline is long halted.
other_cpus() {
    for online in /sys/devices/system/cpu/cpu*/online; do
        [ ! -e "$online" ] || echo "$1" >"$online" || true
    done
}

# mount_partition DEVICE DIR: read-write, so that a journal is replayed after a cut.
mount_partition() {
    mkdir -p "$2" && mount -t ext4 -o noatime,nosuid,nodev,noexec "$1" "$2"
}
