# SPDX-License-Identifier: GPL-2.0-or-later
# The folders of src, each one an archive, those that use others before those that are used; docs/architecture.md says
# what each is for and what it may use. Included by every Makefile that compiles src.
FOLDERS := checks restore save kexec kernel image block elf arch settings base

# $(call objects,FOLDER): what it is made of, without suffix, relative to src; of arch only what is for $(ARCH).
sources = $(wildcard $(SRC)/$(1)/*.c) $(if $(filter arch,$(1)),$(wildcard $(SRC)/arch/$(ARCH)/*.[cS]))
objects = $(basename $(patsubst $(SRC)/%,%,$(call sources,$(1))))

# $(OBJ)/FOLDER.a of $(OBJ)/src/FOLDER/*.o, which who includes this says how to make.
define folder_archive
$$(OBJ)/$(1).a: $$(patsubst %,$$(OBJ)/src/%.o,$$(call objects,$(1)))
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call folder_archive,$(folder))))
ARCHIVES := $(FOLDERS:%=$(OBJ)/%.a)

# LZ4 and Zstandard of the image's chunks, and libblkid: Debian's static libraries for $(ARCH), which build.sh unpacks. libblkid has to
# fit the C library, so who uses musl sets BLKID to the one that build.sh makes (tools/blkid.sh).
USERLAND := $(SRC)/../build/$(ARCH)/userland/usr
BLKID ?= $(USERLAND)/lib/$(ARCH)-linux-gnu/libblkid.a
LIBRARIES := $(USERLAND)/lib/$(ARCH)-linux-gnu/liblz4.a $(USERLAND)/lib/$(ARCH)-linux-gnu/libzstd.a $(BLKID)
INCLUDES := -I$(SRC) -I$(SRC)/arch/$(ARCH) -idirafter $(USERLAND)/include

# What --version says.
VERSION_FILE := $(SRC)/../VERSION
DEFINES := -DKH_VERSION='"$(shell cat $(VERSION_FILE))"'
$(OBJ)/src/base/options.o: $(VERSION_FILE)
