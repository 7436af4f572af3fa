# What A has to know of the hibernating partition before anything touches it;
# sourced by hibernate.sh and mkhibernate.sh.
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

# why_not_here PROGRAM: says that PROGRAM is for another architecture than the running kernel; fails if it is not.
# A 32-bit user land may run on a 64-bit kernel: the kernel is what counts.
why_not_here() {
    read -r running 2>/dev/null </proc/sys/kernel/arch || running=$(uname -m)
    case $running in
    i?86) running=i386 ;;
    esac
    [ "$(architecture_of "$1")" != "$running" ] || return 1
    echo "$1 is for $(architecture_of "$1"), the running kernel for $running: install khibernate for $running"
}

# appliance_sums DIR: leaves the checksums of what is in DIR in bzImage_sum and rootfs_sum.
appliance_sums() {
    sums=$(sum_of "$1/bzImage" "$1/rootfs.gz") || return
    # Of 16 digits each, with a newline between them.
    # shellcheck disable=SC2034 # hibernate.sh reads them
    bzImage_sum=${sums%?????????????????} rootfs_sum=${sums#?????????????????}
}

# install_appliance FROM DIR: the mounted partition gets the kernel and the initramfs
# from which C loads C'. They have to be the same as B's, so changed ones are replaced.
install_appliance() {
    [ -d "$2/khibernate" ] || mkdir "$2/khibernate" || return
    appliance_sums "$1" || return
    [ "$sums" != "$(sum_of "$2/khibernate/bzImage" "$2/khibernate/rootfs.gz" 2>/dev/null || true)" ] || return 0
    for file in bzImage rootfs.gz; do
        cp "$1/$file" "$2/khibernate/$file.new" && sync "$2/khibernate/$file.new" &&
            mv "$2/khibernate/$file.new" "$2/khibernate/$file" && sync "$2/khibernate" || return
    done
}

# room_on DIR: KiB that an image on the mounted partition can take, with the place of the one that is there.
room_on() {
    free=$(df -Pk "$1" | while read -r _ _ _ available _; do echo "$available"; done)
    # The first of the two lines has the headings.
    free=${free##*[!0-9]}
    for dump in "$1"/dump.elf*; do
        [ ! -e "$dump" ] || free=$((free + $(size_of "$dump") / 1024))
    done
    echo "$free"
}

# memory_in_use DUMP_LEVEL: KiB that may have to be saved: everything but free memory.
memory_in_use() {
    total=0 unused=0
    while read -r name value _; do
        case $name in
        MemTotal:) total=$value ;;
        MemFree:) unused=$value ;;
        esac
    done </proc/meminfo
    [ $(($1 & 16)) != 0 ] || unused=0
    # MemTotal leaves out about 2 % that the kernel keeps.
    echo $((total * 102 / 100 - unused))
}
