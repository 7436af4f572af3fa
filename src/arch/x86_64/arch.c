/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64: the 64-bit boot protocol, identity page tables, two blobs of assembly. */
#include "arch/arch.h"

#include <cpuid.h>
#include <string.h>

#include "arch/code.h"
#include "base/keyvalue.h"
#include "base/number.h"
#include "base/report.h"

#define XLF_KERNEL_64 1
#define ENTRY_64 0x200 /* boot.rst, "64-bit boot protocol" */

/* What the blobs of assembly begin with. */
struct purgatory_params {
	uint64_t jump, kernel_entry, boot_params, slot, word, token;
};

struct return_params {
	uint64_t jump, entry, root_4, root_5, levels_5, copies, count;
};

bool arch_is_running(const char *machine)
{
	return !strcmp(machine, "x86_64");
}

int arch_check_kernel(const char *name, unsigned int xloadflags)
{
	if (!(xloadflags & XLF_KERNEL_64))
		return fail("kernel", 0, "%s is not an x86_64 kernel", name);
	return 0;
}

static const char paging_4[] = "4-level", paging_5[] = "5-level";

const char *arch_paging(const struct blob *vmcoreinfo)
{
	/* arch_crash_save_vmcoreinfo() (arch/x86/kernel/vmcore_info_64.c, Linux 6.12). */
	uint64_t five_levels = 0;
	char value[24];

	if (keyvalue_get(vmcoreinfo, "NUMBER(pgtable_l5_enabled)", value, sizeof(value)) ||
	    number_parse(value, 10, &five_levels) || !five_levels)
		return paging_4;
	return paging_5;
}

int arch_check_paging(const char *paging)
{
	/* CPUID.7.0:ECX.LA57[16] (Intel SDM volume 2, CPUID), which shows whether the CPU has it, also where the kernel does not use it. */
	enum { LA57 = 1u << 16 };
	unsigned int eax, ebx, ecx, edx;

	if (!paging || strcmp(paging, paging_5))
		return 0;
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ecx & LA57))
		return fail("paging", 0, "the saved system uses 5-level page tables, which this CPU does not have");
	return 0;
}

int arch_purgatory(uint64_t kernel, uint64_t boot_params, uint64_t slot, const struct arch_permit *permit, struct blob *out)
{
	struct purgatory_params *p;

	if (code_copy(purgatory_blob, purgatory_blob_end, 0, out))
		return -1;
	p = (struct purgatory_params *)out->data;
	p->kernel_entry = kernel + ENTRY_64;
	p->boot_params = boot_params;
	p->slot = slot;
	if (permit) {
		p->word = permit->word;
		p->token = permit->token;
	}
	return 0;
}

/* Page table entry bits (Intel SDM volume 3, 4.5). */
#define PT_PRESENT_WRITE 0x3
#define PT_LARGE 0x80
#define PT_ADDRESS 0x000ffffffffff000ULL
#define ENTRIES 512

/* Page tables that grow inside `pages`, which will lie at physical address `at`. */
struct tables {
	uint64_t (*pages)[ENTRIES];
	uint64_t at;
	size_t used;
};

/* The table that entry `index` of table `t` points to, made if there is none yet; there is room for all that can be needed. */
static size_t below(struct tables *tables, size_t t, size_t index)
{
	uint64_t *entry = &tables->pages[t][index];

	if (!*entry)
		*entry = (tables->at + tables->used++ * PAGE_BYTES) | PT_PRESENT_WRITE;
	return (size_t)(((*entry & PT_ADDRESS) - tables->at) / PAGE_BYTES);
}

static void map_gigabyte(struct tables *tables, uint64_t address)
{
	size_t pdpt = below(tables, 0, address >> 39 & (ENTRIES - 1));
	size_t pd = below(tables, pdpt, address >> 30 & (ENTRIES - 1));

	for (uint64_t i = 0; i < ENTRIES; i++)
		tables->pages[pd][i] = (address & ~((1ULL << 30) - 1)) | i << 21 | PT_LARGE |
				       PT_PRESENT_WRITE;
}

/*
 * The page tables map the gigabytes around the trampoline and around the
 * re-entry point, and with a copy list all memory that it may name. More is not
 * needed: A's code at the re-entry point (relocate_kernel_64.S) reads only the
 * stack and its own page or two before it loads A's own tables. So without a
 * list the size does not depend on how much RAM there is.
 */
int arch_copying_trampoline(uint64_t at, uint64_t entry, const char *paging, const struct arch_copy_list *copies,
			    struct blob *out)
{
	/* A PML5, a PML4, and a PDPT and a PD for each of three gigabytes. */
	enum { CODE_PAGES = 1, TABLE_PAGES = 8 };
	uint64_t gigabytes = (copies->end + MIB(1024) - 1) / MIB(1024), pages = CODE_PAGES + TABLE_PAGES + gigabytes +
			     (gigabytes + ENTRIES - 1) / ENTRIES;
	struct tables tables;
	struct return_params *p;

	if (!entry || entry >= 1ULL << 47)
		return fail("trampoline", 0, "%#llx is no re-entry point", (unsigned long long)entry);
	if (copies->end > 1ULL << 46)
		return fail("trampoline", 0, "%#llx is beyond its page tables", (unsigned long long)copies->end);
	if (paging && strcmp(paging, paging_4) && strcmp(paging, paging_5))
		return fail("trampoline", 0, "%.20s is no paging mode of x86_64", paging);
	/* Where the number of levels has to change, the code runs in 32 bits for a moment. */
	if (at + pages * PAGE_BYTES > 1ULL << 32)
		return fail("trampoline", 0, "it would lie at %#llx, above 4 GiB", (unsigned long long)at);
	if (code_copy(return_blob, return_blob_end, (size_t)(pages * PAGE_BYTES), out))
		return -1;
	p = (struct return_params *)out->data;
	/* The PML5 lies behind the code. Its first entry is the PML4, which holds all addresses that there are to map. */
	p->root_5 = at + CODE_PAGES * PAGE_BYTES;
	p->root_4 = p->root_5 + PAGE_BYTES;
	*(uint64_t *)(out->data + CODE_PAGES * PAGE_BYTES) = p->root_4 | PT_PRESENT_WRITE;
	tables = (struct tables){ (uint64_t(*)[ENTRIES])(out->data + (CODE_PAGES + 1) * PAGE_BYTES), p->root_4, 1 };
	map_gigabyte(&tables, at);
	map_gigabyte(&tables, entry > MIB(2) ? entry - MIB(2) : 0);
	map_gigabyte(&tables, entry + MIB(2));
	for (uint64_t i = 0; i < gigabytes; i++)
		map_gigabyte(&tables, i * MIB(1024));
	p->entry = entry;
	p->levels_5 = paging && !strcmp(paging, paging_5);
	p->copies = copies->list;
	p->count = copies->count;
	return 0;
}
