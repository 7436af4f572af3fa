# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed here, and the appliance's files on the hibernating partition; sourced by hibernate.sh and mkhibernate.sh.
# shellcheck shell=sh

# architecture_of PROGRAM: by its ELF header, whose fifth byte is the class.
architecture_of() {
    IFS= read -r head <"$1" || true
    case $head in
    ?ELF"$(printf '\002')"*) echo x86_64 ;;
    ?ELF"$(printf '\001')"*) echo i386 ;;
    *) echo another architecture ;;
    esac
}

# why_not_here PROGRAM: says that PROGRAM is for another architecture than the running kernel; fails if it is not. Asked before
# PROGRAM is run, which that kernel may not be able to do. A 32-bit user land may run on a 64-bit kernel, for which uname then
# lies: the kernel is what counts.
why_not_here() {
    read -r running 2>/dev/null </proc/sys/kernel/arch || running=$(uname -m)
    case $running in
    i?86) running=i386 ;;
    esac
    [ "$(architecture_of "$1")" != "$running" ] || return 1
    echo "$1 is for $(architecture_of "$1"), the running kernel for $running: install khibernate for $running"
}

# sums_of DIR: the checksums of the appliance's kernel and initramfs in DIR, a line for each.
sums_of() {
    sums=$(kimage sum -q "$1/bzImage" "$1/rootfs.gz") || return
    printf '%s\n' "$sums" | while read -r sum _; do
        printf '%s\n' "$sum"
    done
}

# install_appliance FROM DIR: the mounted partition gets the kernel and the initramfs that are to restore what those of FROM
# save: they have to be the same, so changed ones are replaced. Leaves their checksums in appliance_sums.
install_appliance() {
    [ -d "$2/khibernate" ] || mkdir "$2/khibernate" || return
    appliance_sums=$(sums_of "$1") || return
    [ "$appliance_sums" != "$(sums_of "$2/khibernate" 2>/dev/null || true)" ] || return 0
    for file in bzImage rootfs.gz; do
        cp "$1/$file" "$2/khibernate/$file.new" && kimage sync "$2/khibernate/$file.new" &&
            mv "$2/khibernate/$file.new" "$2/khibernate/$file" && kimage sync "$2/khibernate/$file" || return
    done
}
