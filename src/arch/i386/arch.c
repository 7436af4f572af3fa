/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i386: the 32-bit boot protocol, no page tables, two blobs of assembly. */
#include "arch/arch.h"

#include <cpuid.h>
#include <string.h>

#include "arch/code.h"
#include "base/keyvalue.h"
#include "base/report.h"

#define XLF_KERNEL_64 1
#define CR4_PAE (1u << 5)

/* What the blobs of assembly begin with. */
struct purgatory_params {
	uint32_t jump, kernel_entry, boot_params, slot, word, token[2], cr4;
};

struct return_params {
	uint32_t jump, entry, cr4, copies, count;
};

static const char paging_32[] = "32-bit", paging_pae[] = "PAE";

bool arch_is_running(const char *machine)
{
	return machine[0] == 'i' && machine[1] >= '3' && machine[1] <= '6' && !strcmp(machine + 2, "86");
}

int arch_check_kernel(const char *name, unsigned int xloadflags)
{
	if (xloadflags & XLF_KERNEL_64)
		return fail("kernel", 0, "%s is an x86_64 kernel, not one for i386", name);
	return 0;
}

const char *arch_paging(const struct blob *vmcoreinfo)
{
	/* arch_crash_save_vmcoreinfo() (arch/x86/kernel/vmcore_info_32.c, Linux 6.12). */
	char value[4];

	return !keyvalue_get(vmcoreinfo, "CONFIG_X86_PAE", value, sizeof(value)) && !strcmp(value, "y") ? paging_pae : paging_32;
}

int arch_check_paging(const char *paging)
{
	/* CPUID.1:EDX.PAE[6] (Intel SDM volume 2, CPUID). */
	enum { PAE = 1u << 6 };
	unsigned int eax, ebx, ecx, edx;

	if (!paging || strcmp(paging, paging_pae))
		return 0;
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(edx & PAE))
		return fail("paging", 0, "the saved system uses PAE page tables, which this CPU does not have");
	return 0;
}

/* The bits of CR4 that A's code takes for granted when it is entered in the paging mode `paging` (NULL: the usual one). */
static uint32_t cr4_of(const char *paging)
{
	return paging && !strcmp(paging, paging_pae) ? CR4_PAE : 0;
}

int arch_purgatory(uint64_t kernel, uint64_t boot_params, uint64_t slot, const struct arch_permit *permit, struct blob *out)
{
	struct purgatory_params *p;

	if (permit && permit->word >= ARCH_RAM_END)
		return fail("purgatory", 0, "%#llx is out of its reach", (unsigned long long)permit->word);
	if (code_copy(purgatory_blob, purgatory_blob_end, 0, out))
		return -1;
	p = (struct purgatory_params *)out->data;
	p->kernel_entry = (uint32_t)kernel;
	p->boot_params = (uint32_t)boot_params;
	p->slot = (uint32_t)slot;
	if (permit) {
		p->word = (uint32_t)permit->word;
		memcpy(p->token, &permit->token, sizeof(p->token));
		p->cr4 = cr4_of(permit->paging);
	}
	return 0;
}

/*
 * A's code at the re-entry point (relocate_kernel_32.S) turns paging on before
 * it loads its own CR4: with PAE page tables it has to find CR4.PAE set, and
 * EFER.NXE, which it never loads again.
 */
int arch_copying_trampoline(uint64_t at, uint64_t entry, const char *paging, const struct arch_copy_list *copies,
			    struct blob *out)
{
	struct return_params *p;

	(void)at;
	if (!entry || entry >= ARCH_RAM_END)
		return fail("trampoline", 0, "%#llx is no re-entry point", (unsigned long long)entry);
	if (copies->end > ARCH_RAM_END || copies->list >= ARCH_RAM_END || copies->count > UINT32_MAX)
		return fail("trampoline", 0, "%#llx is out of its reach", (unsigned long long)copies->end);
	if (paging && strcmp(paging, paging_32) && strcmp(paging, paging_pae))
		return fail("trampoline", 0, "%.20s is no paging mode of i386", paging);
	if (code_copy(return_blob, return_blob_end, PAGE_BYTES, out))
		return -1;
	p = (struct return_params *)out->data;
	p->entry = (uint32_t)entry;
	p->cr4 = cr4_of(paging);
	p->copies = (uint32_t)copies->list;
	p->count = (uint32_t)copies->count;
	return 0;
}
