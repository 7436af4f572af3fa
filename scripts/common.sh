# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of the hibernated system and those of the appliance share; sourced, not run. Who sources it has set
# role (hibernate, save, boot or restore) and run, the folder for what lasts as long as the script.
# shellcheck shell=sh
# shellcheck disable=SC2154 # those variables

# say TEXT...: one line for the user, and for who listens on the device of the setting "report".
say() {
    printf 'khibernate: %s: %s\n' "$role" "$*" || true
    [ -z "${report:-}" ] || printf '%s: %s\n' "$role" "$*" >"$report" || true
}

# last_error: the last line of what a program said that was called with 2>"$run/errors".
last_error() {
    said='no reason given'
    while IFS= read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || said=$line
    done <"$run/errors"
    printf '%s\n' "$said"
}

# attempt CODE STEP COMMAND...: when COMMAND fails, calls the script's give_up with the code, the step and the last line of
# what COMMAND said. A command whose exit status tells more than that it failed is not called by this.
attempt() {
    code=$1 step=$2
    shift 2
    "$@" 2>"$run/errors" || give_up "$code" "$step: $(last_error)"
}

# mount_partition DEVICE DIR: read-write, so that a journal is replayed after a cut.
mount_partition() {
    mkdir -p "$2" && mount -t ext4 -o noatime,nosuid,nodev,noexec "$1" "$2"
}

# set_verbosity: leaves -q for the programs in quiet_option where the setting "quiet" asks for it.
set_verbosity() {
    # shellcheck disable=SC2034 # for who sources this file
    if [ "$quiet" = 1 ]; then quiet_option=-q; else quiet_option=''; fi
}

# Kernel parameters for who runs in the window: what ends a kernel that cannot go on, as after a crash. That is a panic, or two
# minutes in which its only CPU ran nothing else than one piece of the kernel. A task that only waits is no such case: a slow
# disk may take its time. The last one keeps NVMe disks from taking a part of the little memory there.
# shellcheck disable=SC2034 # for who sources this file
window_parameters='panic=10 softlockup_panic=1 watchdog_thresh=60 nvme.max_host_mem_size_mb=0'
