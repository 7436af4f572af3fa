# SPDX-License-Identifier: GPL-2.0-or-later
# What the roles of the appliance share for when something went wrong. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings are variables

# wanted_on_fail: prints what to do when something went wrong: ask, boot, halt, reboot or shell. From a shell the saved system's memory
# can be read, so there is none unless the setting debug allows it.
wanted_on_fail() {
    if [ "$on_fail" = shell ] && [ "$debug" = 0 ]; then
        echo ask
    else
        printf '%s\n' "$on_fail"
    fi
}

# debug_shell: starts a shell if it is wanted and allowed; returns when the shell ends.
debug_shell() {
    [ "$(wanted_on_fail)" = shell ] || return 0
    say "here is a shell; exit goes on"
    PATH=/sbin:/bin setsid cttyhack sh || true
}

# end_here: stops the machine where there is no way to go on. Unless it is told to, it does not reboot, so that the reason can be read.
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
