# SPDX-License-Identifier: GPL-2.0-or-later
# Unpacks, patches, configures and compiles kernels: the appliance's, and those that only tests need.
# Sourced in the tree's top folder, not run.
# shellcheck shell=sh

KERNEL_PACKAGE=linux-source-6.12
# shellcheck disable=SC2034 # for those who source this file
KERNEL_TREE=build/$KERNEL_PACKAGE

# 2025-01-01, the only date in anything that is built, so that two builds of a tree give the same bytes.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1735689600}"

kernel_die() {
    echo "${0##*/}: kernel: $1" >&2
    exit 1
}

kernel_say() {
    echo "${0##*/}: kernel: $1"
}

# --- source

# Prints the package's version and the patches' checksums, so that a newer package or another patch is noticed.
kernel_source_id() {
    dpkg-query -W -f '${Version}\n' $KERNEL_PACKAGE
    find kernel-config -name '*.patch' -type f | sort | xargs -r sha256sum
}

# kernel_patch TREE PATTERN [OPTION...]: applies those of our patches to TREE whose names fit the pattern. The options are those of patch.
kernel_patch() {
    tree=$1 pattern=$2
    shift 2
    for patch in kernel-config/patches/$pattern.patch; do
        [ -f "$patch" ] || continue
        patch -s -p1 -F0 -d "$tree" "$@" <"$patch" || kernel_die "$patch does not apply"
    done
}

kernel_unpack() {
    id=$(kernel_source_id)
    [ "$id" != "$(cat $KERNEL_TREE/.khibernate 2>/dev/null)" ] || return 0
    kernel_say "unpacking $KERNEL_PACKAGE"
    # The tree gets the name that the build uses only when it is unpacked and patched.
    rm -rf $KERNEL_TREE.new
    mkdir -p $KERNEL_TREE.new
    tar -xJf /usr/src/$KERNEL_PACKAGE.tar.xz -C $KERNEL_TREE.new --strip-components=1 ||
        kernel_die "$KERNEL_PACKAGE could not be unpacked"
    kernel_patch $KERNEL_TREE.new '*'
    echo "$id" >$KERNEL_TREE.new/.khibernate
    rm -rf $KERNEL_TREE
    mv $KERNEL_TREE.new $KERNEL_TREE
}

# --- build

# The output folder is inside the source, so that the compiler and ccache see the same relative paths wherever the tree is.
# Kconfig notes which Rust compiler and pahole there are. The kernel uses neither, so it is made to find none, as on any machine.
kernel_make() {
    make -C "$kernel_tree" O="$kernel_folder" ARCH="$kernel_arch" CC='ccache gcc' RUSTC=false PAHOLE=false -j"$(nproc)" \
        KBUILD_BUILD_TIMESTAMP="$(date -u -d "@$SOURCE_DATE_EPOCH")" \
        KBUILD_BUILD_USER=khibernate KBUILD_BUILD_HOST=khibernate KBUILD_BUILD_VERSION=1 "$@" >"$kernel_log" 2>&1
}

kernel_failed() {
    tail -n 20 "$kernel_log" >&2
    kernel_die "make $1 failed, all of its output is in $kernel_log"
}

# kernel_fragment FILE...: prints the lines of configuration files. Of several lines about a symbol only the last one is printed.
kernel_fragment() {
    awk '/^(# )?CONFIG_/ {
            symbol = $0; sub(/^# /, "", symbol); sub(/[= ].*/, "", symbol)
            if (!(symbol in line)) order[++count] = symbol
            line[symbol] = $0
        }
        END { for (i = 1; i <= count; i++) print line[order[i]] }' "$@"
}

# Kconfig drops a line silently if what it depends on is missing, so every line is looked up, and a lost one is named.
kernel_config_check() {
    lost=$(while read -r line; do
        case $line in
        \#*)
            symbol=${line#\# }
            ! grep -q "^${symbol%% *}=" "$2" || echo "$line"
            ;;
        *) grep -Fqx "$line" "$2" || echo "$line" ;;
        esac
    done <"$1")
    [ -z "$lost" ] && return 0
    echo "$lost" | while read -r line; do
        echo "${0##*/}: kernel: the configuration does not keep: $line" >&2
    done
    exit 1
}

kernel_configure() {
    output=$kernel_tree/$kernel_folder
    mkdir -p "$output"
    kernel_fragment "$@" >"$output/khibernate.fragment"
    KCONFIG_ALLCONFIG=khibernate.fragment KCONFIG_CONFIG=khibernate.config kernel_make allnoconfig ||
        kernel_failed allnoconfig
    kernel_config_check "$output/khibernate.fragment" "$output/khibernate.config"
    # An equal .config is left alone: if it were newer, make would look at everything again.
    cmp -s "$output/khibernate.config" "$output/.config" || cp "$output/khibernate.config" "$output/.config"
}

# Shows how many files have been compiled: each second on a terminal, elsewhere in a line every ten seconds.
kernel_progress() {
    start=$(date +%s)
    while sleep 1; do
        elapsed=$(($(date +%s) - start))
        line="${0##*/}: kernel: $(grep -c '^  CC ' "$kernel_log" || true) files compiled, $elapsed s"
        if [ -t 1 ]; then
            printf '\r%s' "$line"
        elif [ $((elapsed % 10)) -eq 0 ]; then
            echo "$line"
        fi
    done
}

kernel_progress_pid=
# The exit trap of the script that sources this file calls this, too.
kernel_progress_stop() {
    [ -n "$kernel_progress_pid" ] || return 0
    kill "$kernel_progress_pid" 2>/dev/null || true
    kernel_progress_pid=
    [ ! -t 1 ] || echo
}

kernel_compile() {
    : >"$kernel_log"
    # The background job does not get the lock (descriptor 9), or it might keep it when this script is gone.
    kernel_progress 9>&- &
    kernel_progress_pid=$!
    kernel_make bzImage || kernel_failed bzImage
    kernel_progress_stop
}

# kernel_build ARCH FOLDER LOG FRAGMENT...: makes the bzImage in KERNEL_TREE/FOLDER/arch/x86/boot.
kernel_build() {
    kernel_tree=$KERNEL_TREE kernel_arch=$1 kernel_folder=$2 kernel_log=$3
    shift 3
    kernel_configure "$@"
    kernel_compile
}

# kernel_module SOURCE: makes the module SOURCE/NAME.c, with SOURCE/Kbuild, for the kernel that kernel_build has made last, as
# KERNEL_TREE/FOLDER/NAME/NAME.ko.
kernel_module() {
    module=$kernel_tree/$kernel_folder/${1##*/}
    mkdir -p "$module"
    for file in "$1"/*; do
        cmp -s "$file" "$module/${file##*/}" || cp "$file" "$module"
    done
    kernel_make modules_prepare || kernel_failed modules_prepare
    # What the kernel exports; the kernel's build only writes this under the other name when it has modules of its own.
    cp "$kernel_tree/$kernel_folder/vmlinux.symvers" "$kernel_tree/$kernel_folder/Module.symvers"
    kernel_make M="$PWD/$module" modules || kernel_failed "modules of $1"
}
