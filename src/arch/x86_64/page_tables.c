/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64: a kernel's own page tables, of four or five levels. */
#include "arch/arch.h"

#include "base/keyvalue.h"
#include "base/number.h"
#include "base/report.h"

/* The bits of an entry that are a physical address (Intel SDM volume 3, 4.5). */
#define ENTRY_ADDRESS 0x000ffffffffff000ULL

/* A number as VMCOREINFO_NUMBER() writes it (include/linux/vmcore_info.h, Linux 6.12): signed. 0 or -1, no fail(). */
static int signed_number(const struct blob *vmcoreinfo, const char *key, uint64_t *out)
{
	char value[32];

	if (keyvalue_get(vmcoreinfo, key, value, sizeof(value)) || number_parse(value + (*value == '-'), 10, out))
		return -1;
	if (*value == '-')
		*out = -*out;
	return 0;
}

int arch_page_tables(const struct blob *vmcoreinfo, struct arch_page_tables *out)
{
	uint64_t base, five = 0, encrypted = 0, top;
	char symbol[32];

	/* Since Linux 4.13 it is init_top_pgt. It lies in the kernel's image, which is mapped at phys_base. */
	if (keyvalue_get(vmcoreinfo, "SYMBOL(init_top_pgt)", symbol, sizeof(symbol)) || number_parse(symbol, 16, &top) ||
	    top < ARCH_KERNEL_TEXT || signed_number(vmcoreinfo, "NUMBER(phys_base)", &base))
		return fail("page tables", 0, "VMCOREINFO does not say where they are");
	/* What is not there is 0. */
	(void)signed_number(vmcoreinfo, "NUMBER(pgtable_l5_enabled)", &five);
	(void)signed_number(vmcoreinfo, "NUMBER(sme_mask)", &encrypted);
	out->top = top - ARCH_KERNEL_TEXT + base;
	if (out->top & ~ENTRY_ADDRESS)
		return fail("page tables", 0, "VMCOREINFO says that they are at %#llx", (unsigned long long)out->top);
	out->levels = five ? 5 : 4;
	out->address = ENTRY_ADDRESS & ~encrypted;
	return 0;
}
