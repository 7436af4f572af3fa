# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of the hibernated system and those of the appliance share; sourced, not run. Before that, a script sets role
# (hibernate, save, boot or restore), and run, its folder for temporary files.
# shellcheck shell=sh
# shellcheck disable=SC2154 # those variables

# The nodes of the consoles that the user may look at besides standard output; only the appliance has such.
more_consoles=''

# say TEXT...: prints a line for the user, and writes it to the device of the setting "report", if there is one. That nobody reads it, as
# when a terminal was closed, or that the device takes nothing, is no failure.
say() {
    printf 'khibernate: %s: %s\n' "$role" "$*" 2>/dev/null || true
    for console in $more_consoles; do
        { printf 'khibernate: %s: %s\n' "$role" "$*" >"$console"; } 2>/dev/null || true
    done
    [ -z "${report:-}" ] || { printf '%s: %s\n' "$role" "$*" >"$report"; } 2>/dev/null || true
}

# kernel_log LEVEL TEXT: writes a line to the kernel's log, from where a system's journal takes it. The kernel takes no more than 1 KiB.
kernel_log() {
    printf '<%s>khibernate: %.900s\n' "$1" "$2" 2>/dev/null >/dev/kmsg || true
}

# last_error: prints the last line that a program has written to $run/errors.
last_error() {
    said='no reason given'
    while IFS= read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || said=$line
    done <"$run/errors"
    printf '%s\n' "$said"
}

# attempt CODE STEP COMMAND...: when COMMAND fails, calls the script's give_up with the code, the step and the last line of
# what COMMAND said. It is not for a command whose exit status says more than that it failed.
attempt() {
    code=$1 step=$2
    shift 2
    "$@" 2>"$run/errors" || give_up "$code" "$step: $(last_error)"
}

# mount_partition DEVICE DIR: mounts it read-write, so that the journal is replayed after a power cut.
mount_partition() {
    mkdir -p "$2" && kimage mount "$1" "$2"
}

# set_verbosity: leaves -q for the programs in quiet_option where the setting "quiet" asks for it.
set_verbosity() {
    # shellcheck disable=SC2034 # for who sources this file
    if [ "$quiet" = 1 ]; then quiet_option=-q; else quiet_option=''; fi
}

# Kernel parameters for B and C'. With the first three the machine starts anew when their kernel cannot go on: after a panic, or when
# its CPU has run one piece of the kernel for two minutes. A task that waits does not count, since a disk may be slow. The last one
# keeps NVMe disks from taking a part of the window's memory.
# shellcheck disable=SC2034 # for who sources this file
window_parameters='panic=10 softlockup_panic=1 watchdog_thresh=60 nvme.max_host_mem_size_mb=0'
