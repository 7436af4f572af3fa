/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/memory_encryption.h"

#include <cpuid.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/keyvalue.h"
#include "base/number.h"
#include "base/report.h"
#include "kernel/cpuinfo.h"

enum { EAX, EBX, ECX, EDX };

#define STEP "memory encryption"
#define PATH_SIZE 256

/* arch/x86/include/asm/shared/tdx.h, Linux 6.12: this text is in EBX, EDX and ECX, in this order. */
#define TDX_LEAF 0x21
#define TDX_TEXT "IntelTDX    "
/* AMD APM volume 3, appendix E. */
#define AMD_LEAF 0x8000001f
#define AMD_SME 1u
#define AMD_SEV 2u
#define HIGHEST_EXTENDED_LEAF 0x80000000
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
/* arch/x86/include/asm/hyperv-tlfs.h, Linux 6.12. The text is in EBX, ECX and EDX. */
#define HYPERVISOR_LEAF 0x40000000
#define HYPERV_TEXT "Microsoft Hv"
#define HYPERV_ISOLATION_LEAF 0x4000000c
#define HYPERV_ISOLATION 0xfu
/* arch/x86/include/asm/msr-index.h, Linux 6.12. */
#define MSR_SEV_STATUS 0xc0010131
#define SEV_STATUS_SEV 1u
#define SEV_STATUS_ES 2u
#define SEV_STATUS_SNP 4u

static void run_cpuid(unsigned int leaf, unsigned int out[4])
{
	__cpuid_count(leaf, 0, out[EAX], out[EBX], out[ECX], out[EDX]);
}

/* Do three registers of a leaf, in this order, hold these 12 bytes? */
static bool says(const unsigned int reg[4], int first, int second, int third, const char *text)
{
	const unsigned int in_order[3] = { reg[first], reg[second], reg[third] };

	return !memcmp(in_order, text, sizeof(in_order));
}

/* MSR_SEV_STATUS of the first CPU; 0 where the kernel does not show it (CONFIG_X86_MSR), or it cannot be read. */
static uint64_t sev_status(const char *root)
{
	char path[PATH_SIZE];
	uint64_t status = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/dev/cpu/0/msr", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	/* A host has no such register, which is an I/O error here. */
	if (pread(fd, &status, sizeof(status), MSR_SEV_STATUS) != (ssize_t)sizeof(status))
		status = 0;
	close(fd);
	return status;
}

/*
 * The bit of a page table entry by which AMD's memory encryption is asked for, 0 when the kernel does not use it
 * (arch/x86/kernel/vmcore_info_64.c, Linux 5.0 and later). 32-bit kernels have no such number, nor the encryption.
 */
static uint64_t sme_mask(const struct blob *vmcoreinfo)
{
	uint64_t mask;
	char value[32];
	const char *digits = value;

	if (!vmcoreinfo || keyvalue_get(vmcoreinfo, "NUMBER(sme_mask)", value, sizeof(value)))
		return 0;
	/* It is printed as a signed number. */
	digits += *digits == '-';
	return number_parse(digits, 10, &mask) ? 0 : mask;
}

static int refuse(const char *name, const char *way_out)
{
	return fail(STEP, 0, "%s is active, whose key is lost when the machine is switched off%s", name, way_out);
}

/* AMD's. A kernel asks for SME only where no hypervisor is (sme_enable() in arch/x86/mm/mem_encrypt_identity.c, Linux 6.12). */
static int check_amd(const char *root, uint64_t mask, bool hypervisor, memory_encryption_cpuid cpuid)
{
	unsigned int leaf[4];
	uint64_t status;

	cpuid(HIGHEST_EXTENDED_LEAF, leaf);
	memset(leaf + 1, 0, sizeof(*leaf));
	if (leaf[EAX] >= AMD_LEAF)
		cpuid(AMD_LEAF, leaf);
	else
		leaf[EAX] = 0;
	status = leaf[EAX] & AMD_SEV ? sev_status(root) : 0;
	if (status & SEV_STATUS_SNP)
		return refuse("SEV-SNP (AMD's encryption of this guest's memory)", "");
	if (status & SEV_STATUS_ES)
		return refuse("SEV-ES (AMD's encryption of this guest's memory)", "");
	if (status & SEV_STATUS_SEV || (mask && hypervisor))
		return refuse("SEV (AMD's encryption of this guest's memory)", "");
	if (mask)
		return refuse("SME (AMD's encryption of memory)", ": boot with mem_encrypt=off");
	return 0;
}

int memory_encryption_check(const char *root, const struct blob *vmcoreinfo, memory_encryption_cpuid cpuid)
{
	static const char *const isolation[] = { "none", "VBS", "SEV-SNP", "TDX" };
	unsigned int leaf[4], kind;
	bool hypervisor;

	if (!cpuid)
		cpuid = run_cpuid;
	cpuid(0, leaf);
	if (leaf[EAX] >= TDX_LEAF) {
		cpuid(TDX_LEAF, leaf);
		if (says(leaf, EBX, EDX, ECX, TDX_TEXT))
			return refuse("TDX (Intel's encryption of this guest's memory)", "");
	}
	if (cpuinfo_flag(root, "tdx_guest") > 0)
		return refuse("TDX (Intel's encryption of this guest's memory)", "");
	cpuid(1, leaf);
	hypervisor = leaf[ECX] & CPUID_1_ECX_HYPERVISOR;
	if (hypervisor) {
		cpuid(HYPERVISOR_LEAF, leaf);
		if (leaf[EAX] >= HYPERV_ISOLATION_LEAF && says(leaf, EBX, ECX, EDX, HYPERV_TEXT)) {
			cpuid(HYPERV_ISOLATION_LEAF, leaf);
			kind = leaf[EBX] & HYPERV_ISOLATION;
			if (kind)
				return fail(STEP, 0, "this is a guest of Hyper-V with isolation (%s), in whose memory no other kernel can run",
					    kind < sizeof(isolation) / sizeof(*isolation) ? isolation[kind] : "of another kind");
		}
	}
	return check_amd(root, sme_mask(vmcoreinfo), hypervisor, cpuid);
}
