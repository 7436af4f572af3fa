#!/bin/sh
# Called by krestore in C, when A's memory is verified and ready to be put into place: the last that is done before the jump.
# enter.sh META
set -eu
# shellcheck source=/dev/null
. /lib/khibernate/lib.sh

# shellcheck disable=SC2034 # lib.sh reads part and report
part=C
# shellcheck disable=SC2034
report=$(setting report '')
other_cpus 0
read -r online </sys/devices/system/cpu/online
[ "$online" = 0 ] || {
    echo "CPUs $online could not be switched off" >&2
    exit 1
}
mark "$1" consumed
say "jumping into A"
