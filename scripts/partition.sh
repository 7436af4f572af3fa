# What A has to know of the hibernating partition before anything touches it;
# sourced by hibernate.sh and mkhibernate.sh.
# shellcheck shell=sh

# why_in_use DEVICE: says by whom the block device is used; fails if by nobody.
why_in_use() {
    numbers=$(printf '%d:%d' $((0x$(stat -c %t "$1"))) $((0x$(stat -c %T "$1"))))
    if cut -d ' ' -f 3 /proc/self/mountinfo | grep -qx "$numbers"; then
        echo "$1 is mounted"
        return
    fi
    while read -r swap _; do
        if [ "$(readlink -f "$swap")" = "$1" ]; then
            echo "$1 is swap in use"
            return
        fi
    done </proc/swaps
    for holder in "/sys/dev/block/$numbers"/holders/*; do
        if [ -e "$holder" ]; then
            echo "$1 is held by ${holder##*/}"
            return
        fi
    done
    for child in "/sys/dev/block/$numbers"/*/partition; do
        if [ -e "$child" ]; then
            echo "$1 is a whole disk with partitions"
            return
        fi
    done
    for kind in dm md loop; do
        if [ -e "/sys/dev/block/$numbers/$kind" ]; then
            echo "$1 is a $kind device, which the appliance does not assemble"
            return
        fi
    done
    # Also finds what another mount namespace has mounted.
    if ! kjump --claim "$1" 2>/dev/null; then
        echo "$1 is in use"
        return
    fi
    return 1
}

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
    running=$(uname -m)
    case $running in
    i?86) running=i386 ;;
    esac
    [ "$(architecture_of "$1")" != "$running" ] || return 1
    echo "$1 is for $(architecture_of "$1"), the running kernel for $running: install khibernate for $running"
}

# install_appliance FROM DIR: the mounted partition gets the kernel and the initramfs
# from which C loads C'. They have to be the same as B's, so changed ones are replaced.
install_appliance() {
    mkdir -p "$2/khibernate" || return
    for file in bzImage rootfs.gz; do
        [ "$(sum_of "$1/$file")" != "$(sum_of "$2/khibernate/$file" 2>/dev/null)" ] || continue
        cp "$1/$file" "$2/khibernate/$file.new" && sync "$2/khibernate/$file.new" &&
            mv "$2/khibernate/$file.new" "$2/khibernate/$file" && sync "$2/khibernate" || return
    done
}
