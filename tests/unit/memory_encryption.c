/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encrypted memory, as CPUs, kernels and hypervisors show it, and CPUs that could encrypt but do not. The flags in /proc/cpuinfo are named in
 * arch/x86/include/asm/cpufeatures.h, Linux 6.12.
 */
#include "kernel/memory_encryption.h"

#include <unistd.h>
#include <fcntl.h>

#include "check.h"
#include "fixture.h"

#define HYPERVISOR (1u << 31)

/* What CPUID gives: leaf, then EAX, EBX, ECX and EDX. The list ends with leaf 0, which gives the highest leaf and is always there. */
struct leaf {
	unsigned int leaf, reg[4];
};

static const struct leaf *cpu;

static void cpuid(unsigned int leaf, unsigned int out[4])
{
	const struct leaf *at = cpu;

	while (at->leaf != leaf && at->leaf)
		at++;
	memset(out, 0, 4 * sizeof(*out));
	if (at->leaf == leaf)
		memcpy(out, at->reg, sizeof(at->reg));
}

/* AMD EPYC: the encryption bit is 51 on a host (AMD APM volume 2, 7.10). Bits 0, 1 and 3 of EAX are SME, SEV and SEV-ES. */
#define AMD { 0x80000000, { 0x80000023, 0x68747541, 0x444d4163, 0x69746e65 } }, { 0x8000001f, { 0x1780ff, 0x16f, 0x1fd, 0x5 } }
static const struct leaf amd[] = { AMD, { 0, { 0x10 } } };
static const struct leaf amd_guest[] = { { 1, { 0, 0, HYPERVISOR, 0 } }, AMD, { 0, { 0x10 } } };
/* Before the leaf of memory encryption. What lies behind the highest leaf has the content of another one. */
static const struct leaf amd_old[] = { { 0x80000000, { 0x8000001e } }, { 0x8000001f, { 0xff } }, { 0, { 0xd } } };
static const struct leaf intel[] = { { 0x80000000, { 0x80000008 } }, { 0, { 0x1f } } };
/* "Inte", "    " and "lTDX" */
static const struct leaf tdx[] = { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x21, { 0, 0x65746e49, 0x20202020, 0x5844546c } }, { 0, { 0x21 } } };

#define HYPER_V(ISOLATION) { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x40000000, { 0x4000000c, 0x7263694d, 0x666f736f, 0x76482074 } }, \
			     { 0x4000000c, { 0, ISOLATION, 0, 0 } }, { 0, { 0x1f } } }
static const struct leaf hyper_v[] = HYPER_V(0), vbs[] = HYPER_V(1), snp_with_paravisor[] = HYPER_V(0x22), tdx_with_paravisor[] = HYPER_V(3);

/* What VMCOREINFO says, printed as the kernel does it ("NUMBER(%s)=%ld"). */
#define OFF "NUMBER(phys_base)=0\nNUMBER(sme_mask)=0\n"
#define BIT_51 "NUMBER(phys_base)=0\nNUMBER(sme_mask)=2251799813685248\n"
#define BIT_63 "NUMBER(sme_mask)=-9223372036854775808\n"

static int check(const char *root, const struct leaf *leaves, const char *text)
{
	struct blob vmcoreinfo = fixture_blob(text, strlen(text));
	int ret;

	cpu = leaves;
	ret = memory_encryption_check(root, &vmcoreinfo, cpuid);
	free(vmcoreinfo.data);
	return ret;
}

/* Makes /dev/cpu/0/msr with this value of MSR_SEV_STATUS, a sparse file. */
static void msr(const char *root, uint64_t status)
{
	char path[512];
	int fd;

	fixture_text(root, "dev/cpu/0/msr", "");
	snprintf(path, sizeof(path), "%s/dev/cpu/0/msr", root);
	fd = open(path, O_WRONLY);
	CHECK_EQ(pwrite(fd, &status, sizeof(status), 0xc0010131), sizeof(status));
	close(fd);
}

/* The usual machines: what the CPU can do is not what it does. */
static void not_active(void)
{
	const char *root = fixture_root();

	/* A host that can run encrypted guests has the flags, too (arch/x86/kernel/cpu/amd.c, Linux 6.12). */
	fixture_text(root, "proc/cpuinfo", "flags\t\t: fpu sev sev_es sev_snp\n");
	CHECK_OK(check(root, amd, OFF));
	CHECK_OK(check(root, amd_guest, OFF));
	CHECK_OK(check(root, amd_old, OFF));
	CHECK_OK(check(root, intel, ""));
	CHECK_OK(check(root, hyper_v, OFF));
	msr(root, 0);
	CHECK_OK(check(root, amd, OFF));
	cpu = intel;
	CHECK_OK(memory_encryption_check(root, NULL, cpuid));
}

static void active(void)
{
	const char *root = fixture_root();

	CHECK_FAILS(check(root, amd, BIT_51), "SME (AMD's encryption of memory) is active, whose key is lost when the machine is switched off: "
		    "boot with mem_encrypt=off");
	CHECK_FAILS(check(root, amd, BIT_63), "SME (AMD's");
	CHECK_FAILS(check(root, amd_guest, BIT_51), "SEV (AMD's encryption of this guest's memory)");
	CHECK_FAILS(check(root, tdx, ""), "TDX (Intel's");
	CHECK_FAILS(check(root, vbs, OFF), "guest of Hyper-V with isolation (VBS)");
	CHECK_FAILS(check(root, snp_with_paravisor, OFF), "guest of Hyper-V with isolation (SEV-SNP)");
	CHECK_FAILS(check(root, tdx_with_paravisor, OFF), "guest of Hyper-V with isolation (TDX)");
	fixture_text(root, "proc/cpuinfo", "flags\t\t: fpu tdx_guest\n");
	CHECK_FAILS(check(root, intel, ""), "TDX (Intel's");
}

/* Where the MSR can be read, it says which kind it is, also for a kernel whose VMCOREINFO does not. */
static void by_msr(void)
{
	const char *root = fixture_root();

	msr(root, 1);
	CHECK_FAILS(check(root, amd_guest, ""), "SEV (AMD's");
	msr(root, 3);
	CHECK_FAILS(check(root, amd_guest, BIT_51), "SEV-ES (AMD's");
	msr(root, 7);
	CHECK_FAILS(check(root, amd_guest, BIT_51), "SEV-SNP (AMD's");
	/* The register of another CPU has another meaning. */
	CHECK_OK(check(root, intel, ""));
}

/* The CPU that runs the test is asked without falling over. */
static void this_cpu(void)
{
	const char *root = fixture_root();

	check_forget_failure();
	if (memory_encryption_check(root, NULL, NULL))
		printf("  %s\n", fail_text());
}

RUN_TESTS(not_active, active, by_msr, this_cpu)
