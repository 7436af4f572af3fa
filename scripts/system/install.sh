# SPDX-License-Identifier: GPL-2.0-or-later
# Checks what is installed here, and copies the appliance to the hibernating partition; sourced by hibernate.sh and mkhibernate.sh.
# shellcheck shell=sh

# architecture_of PROGRAM: prints the architecture of a program. The fifth byte of its ELF header says whether it is a 64-bit one.
architecture_of() {
    IFS= read -r head <"$1" || true
    case $head in
    ?ELF"$(printf '\002')"*) echo x86_64 ;;
    ?ELF"$(printf '\001')"*) echo i386 ;;
    *) echo another architecture ;;
    esac
}

# why_not_here PROGRAM: says that PROGRAM is for another architecture than the running kernel; fails if it is not. This is asked before
# PROGRAM is run, as it may be that the kernel cannot run it. The kernel counts, and not uname, which in a 32-bit user land may name
# another architecture than that of a 64-bit kernel.
why_not_here() {
    read -r running 2>/dev/null </proc/sys/kernel/arch || running=$(uname -m)
    case $running in
    i?86) running=i386 ;;
    esac
    [ "$(architecture_of "$1")" != "$running" ] || return 1
    echo "$1 is for $(architecture_of "$1"), the running kernel for $running: install khibernate for $running"
}

# alone NAME ARGUMENT...: lets NAME, which is the script that runs, go on only if no other script of ours is at work, and where nobody else
# sees what it mounts. For that it begins once more, as the same process; then this does nothing.
alone() {
    [ "${KHIBERNATE_ALONE:-}" != $$ ] || return 0
    script=$1
    shift
    # shellcheck disable=SC2154 # variables of the script
    exec khibernate kalone "$script" "$run" /bin/sh "$here/$script" "$@"
}

# sums_of DIR: prints the checksums of the appliance's kernel and initramfs in DIR, a line for each.
sums_of() {
    sums=$(kimage sum -q "$1/bzImage" "$1/rootfs.gz") || return
    printf '%s\n' "$sums" | while read -r sum _; do
        printf '%s\n' "$sum"
    done
}

# install_appliance FROM DIR: copies kernel and initramfs from FROM to the partition that is mounted at DIR, unless the same ones are
# there. They restore what those of FROM save, so they have to be the same. Leaves their checksums in appliance_sums.
install_appliance() {
    # On somebody else's partition links and pipes may have these names.
    [ -d "$2/khibernate" ] && [ ! -L "$2/khibernate" ] || { rm -f "$2/khibernate" && mkdir "$2/khibernate"; } || return
    for file in bzImage rootfs.gz; do
        [ -f "$2/khibernate/$file" ] && [ ! -L "$2/khibernate/$file" ] || rm -rf "$2/khibernate/$file" || return
        rm -rf "$2/khibernate/$file.new" || return
    done
    appliance_sums=$(sums_of "$1") || return
    [ "$appliance_sums" != "$(sums_of "$2/khibernate" 2>/dev/null || true)" ] || return 0
    for file in bzImage rootfs.gz; do
        cp "$1/$file" "$2/khibernate/$file.new" && kimage sync "$2/khibernate/$file.new" &&
            mv "$2/khibernate/$file.new" "$2/khibernate/$file" && kimage sync "$2/khibernate/$file" || return
    done
}
