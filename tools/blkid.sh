# SPDX-License-Identifier: GPL-2.0-or-later
# Builds libblkid, which knows what a block device holds, for our own programs: static, with musl, from Debian's source package.
# Debian's own static library is for glibc; the unit tests use that one. Sourced in the tree's top folder, not run.
# shellcheck shell=sh

BLKID_PACKAGE=util-linux
BLKID_TREE=build/$BLKID_PACKAGE

blkid_die() {
    echo "${0##*/}: libblkid: $1" >&2
    exit 1
}

# The tree gets the name that the build uses only when it is unpacked and patched. Of Debian's patches those for libblkid are applied;
# others would make the build look for autoconf.
blkid_unpack() {
    [ ! -d $BLKID_TREE ] || return 0
    echo "${0##*/}: libblkid: downloading the source of $BLKID_PACKAGE"
    rm -rf $BLKID_TREE.new
    mkdir -p $BLKID_TREE.new/package
    tools/download source $BLKID_TREE.new/package $BLKID_PACKAGE || blkid_die "the source of $BLKID_PACKAGE could not be downloaded"
    tar -xJf $BLKID_TREE.new/package/*.orig.tar.xz -C $BLKID_TREE.new --strip-components=1 ||
        blkid_die "$BLKID_PACKAGE could not be unpacked"
    tar -xJf $BLKID_TREE.new/package/*.debian.tar.xz -C $BLKID_TREE.new || blkid_die "Debian's part of $BLKID_PACKAGE could not be unpacked"
    while read -r patch; do
        ! grep -q '^+++ [^/]*/libblkid/src/' "$BLKID_TREE.new/debian/patches/$patch" 2>/dev/null ||
            patch -s -p1 -d $BLKID_TREE.new <"$BLKID_TREE.new/debian/patches/$patch" || blkid_die "$patch does not apply"
    done <$BLKID_TREE.new/debian/patches/series
    mv $BLKID_TREE.new $BLKID_TREE
}

# blkid_build ARCH: makes build/ARCH/blkid/libblkid.a. As with the kernel, the output folder is inside of the source, so that the compiler
# sees the same paths wherever the tree is.
blkid_build() {
    ! cmp -s tools/blkid.sh "build/$1/blkid/made-by" || return 0
    blkid_unpack
    echo "${0##*/}: libblkid: building it for $1"
    top=$PWD log=$PWD/build/blkid-$1.log
    rm -rf "$BLKID_TREE/build-$1"
    mkdir -p "$BLKID_TREE/build-$1" "build/$1/blkid"
    (
        # musl's compiler wrapper hides the kernel's headers. Its dynamic loader may not be there for configure's own programs.
        cd "$BLKID_TREE/build-$1" &&
            ../configure --disable-all-programs --enable-libblkid --enable-static --disable-shared --disable-nls --disable-asciidoc \
                --without-python --disable-dependency-tracking CC="$top/tools/musl-cc $1" LDFLAGS=-static \
                CFLAGS='-Os -ffunction-sections -fdata-sections' \
                CPPFLAGS="-idirafter /usr/include -idirafter /usr/include/$(gcc -print-multiarch)" &&
            make -j"$(nproc)" libblkid.la
    ) >"$log" 2>&1 9>&- || {
        tail -n 20 "$log" >&2
        blkid_die "make failed, all of its output is in $log"
    }
    cp "$BLKID_TREE/build-$1/.libs/libblkid.a" "build/$1/blkid"
    cp tools/blkid.sh "build/$1/blkid/made-by"
}
