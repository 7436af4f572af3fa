# SPDX-License-Identifier: GPL-2.0-or-later
# What the roles of the appliance share: who sits at the console when something went wrong. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings are variables

# wanted_on_fail: what to do when something went wrong: boot, halt, reboot or shell. Who has a shell here can read the saved
# system's memory, so there is none unless debugging was configured.
wanted_on_fail() {
    if [ "$on_fail" = shell ] && [ "$debug" = 0 ]; then
        echo boot
    else
        printf '%s\n' "$on_fail"
    fi
}

# debug_shell: a shell, where it is wanted and allowed; this script goes on when it ends.
debug_shell() {
    [ "$(wanted_on_fail)" = shell ] || return 0
    say "here is a shell; exit goes on"
    PATH=/sbin:/bin setsid cttyhack sh || true
}

# end_here: there is nothing to go on with. A machine that reboots for ever shows nobody why.
end_here() {
    if [ "$(wanted_on_fail)" = reboot ]; then
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
