# SPDX-License-Identifier: GPL-2.0-or-later
# What the roles of the appliance share: its consoles, and what is done when something went wrong. Sourced by init.
# shellcheck shell=sh
# shellcheck disable=SC2154 # the settings are variables

# find_consoles: reads /proc/consoles on standard input. Leaves the nodes of all consoles but /dev/console in more_consoles, and the name
# of that one in main_console; it is the first that has a device, MAJOR:MINOR. Each console= is one, and nobody knows at which of them the
# user is.
find_consoles() {
    main_console=''
    while read -r console flags; do
        case $flags in
        *:*) ;;
        *) continue ;;
        esac
        if [ -z "$main_console" ]; then
            main_console=$console
        else
            more_consoles="$more_consoles /dev/$console"
        fi
    done
}

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
    say "here is a shell, on $main_console; exit goes on"
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
