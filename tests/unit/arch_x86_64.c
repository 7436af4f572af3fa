/* x86_64: the purgatory's parameters, and the page tables of the way back, walked as the CPU does. */
#include "arch.h"

#include "check.h"
#include "codefile.h"
#include "range.h"

extern const unsigned char return_blob[], return_blob_end[];

/* Page table entry bits (Intel SDM volume 3, 4.5). */
#define PRESENT 0x1
#define WRITABLE 0x2
#define LARGE 0x80
#define ADDRESS 0x000ffffffffff000ULL
#define GIB (1ULL << 30)

#define UNMAPPED UINT64_MAX

static uint64_t quad(const struct blob *blob, uint64_t offset)
{
	uint64_t value;

	memcpy(&value, blob->data + offset, sizeof(value));
	return value;
}

/* To which physical address do the tables in `blob`, loaded at `at`, lead? */
static uint64_t walk(const struct blob *blob, uint64_t at, uint64_t address)
{
	uint64_t table = quad(blob, 16);

	for (int shift = 39;; shift -= 9) {
		uint64_t index = address >> shift & 511, entry;

		/* A table that is not loaded would be whatever lies there. */
		if (table % PAGE_BYTES || table < at || table + PAGE_BYTES > at + blob->size)
			return UNMAPPED;
		entry = quad(blob, table - at + index * 8);
		if ((entry & (PRESENT | WRITABLE)) != (PRESENT | WRITABLE))
			return UNMAPPED;
		/* Bits that are reserved, or must not be: no-execute, and LARGE above the last level. */
		if (entry & ~(ADDRESS | PRESENT | WRITABLE | LARGE) || !(entry & LARGE) != (shift > 21))
			return UNMAPPED;
		if (entry & LARGE)
			return entry & ((1ULL << shift) - 1) & ADDRESS ? UNMAPPED
					: (entry & ADDRESS) + (address & ((1ULL << shift) - 1));
		table = entry & ADDRESS;
	}
}

static void check_way_back(uint64_t at, uint64_t entry)
{
	uint64_t first = entry > MIB(2) ? entry - MIB(2) : 0, code = (uint64_t)(return_blob_end - return_blob);
	struct blob blob;

	if (!CHECK_OK(arch_return_trampoline(at, entry, NULL, &blob)))
		return;
	CHECK_EQ(blob.size % PAGE_BYTES, 0);
	CHECK_EQ(quad(&blob, 8), entry);
	CHECK_EQ(quad(&blob, 16), at + PAGE_BYTES);
	/* The trampoline itself goes on running once the tables are switched, and A pops from its stack. */
	CHECK(code <= PAGE_BYTES);
	for (uint64_t a = at; a < at + code; a += 8)
		CHECK_EQ(walk(&blob, at, a), a);
	CHECK_EQ(quad(&blob, code - 8), 0);
	/* A's code around the re-entry point, whichever way it reaches. */
	for (uint64_t a = first; a < entry + MIB(2); a += PAGE_BYTES)
		if (walk(&blob, at, a) != a) {
			CHECK_EQ(walk(&blob, at, a), a);
			break;
		}
	CHECK_EQ(walk(&blob, at, entry), entry);
	CHECK_EQ(walk(&blob, at, entry + MIB(2)), entry + MIB(2));
	free(blob.data);
}

static void way_back(void)
{
	static const uint64_t places[] = { 0x1000000, 0x3fff8000, 0x40000000, 0x7ffd8000, 0xffff8000 };
	static const uint64_t entries[] = {
		1, 0x9e123, MIB(2) - 1, MIB(2), MIB(2) + 1, 0x1234567, GIB - MIB(2) - 1, GIB - MIB(2), GIB - 1, GIB, GIB + 1,
		GIB + MIB(2), 2 * GIB - 0x10, 0x7ffd9000, 4 * GIB - 1, 4 * GIB, 4 * GIB + MIB(2) - 1, 0x23456789a,
		64 * GIB - 1, 512 * GIB - 1, 512 * GIB, 512 * GIB + 1, (1ULL << 46) + 0x123, (1ULL << 47) - MIB(4),
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		for (size_t j = 0; j < sizeof(entries) / sizeof(*entries); j++)
			check_way_back(places[i], entries[j]);
}

/* What is not needed is not mapped, or a stray access would go unnoticed. */
static void nothing_else_is_mapped(void)
{
	struct blob blob;

	if (!CHECK_OK(arch_return_trampoline(0x7ffd8000, 5 * GIB + 0x12345678, NULL, &blob)))
		return;
	CHECK_EQ(walk(&blob, 0x7ffd8000, 5 * GIB), 5 * GIB);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 6 * GIB - 1), 6 * GIB - 1);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 0x1000), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 4 * GIB), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 6 * GIB), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 5 * GIB + 512 * GIB), UNMAPPED);
	free(blob.data);
}

static void no_re_entry_point(void)
{
	struct blob blob;

	CHECK_FAILS(arch_return_trampoline(0x1000000, 0, NULL, &blob), "no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 1ULL << 47, NULL, &blob), "no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, UINT64_MAX, NULL, &blob), "no re-entry point");
}

static void paging_modes(void)
{
	struct blob named, usual;

	if (CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, "4-level", &named)) &&
	    CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, NULL, &usual))) {
		CHECK_EQ(named.size, usual.size);
		CHECK(!memcmp(named.data, usual.data, usual.size));
		free(named.data);
		free(usual.data);
	}
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "5-level", &usual), "5-level is no paging mode of x86_64");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "PAE", &usual), "no paging mode");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "", &usual), "no paging mode");
}

/* Both blobs are entered at their start, which has to lead past the parameters. */
static void jump_over_parameters(void)
{
	struct blob purgatory, way_back;

	CHECK_OK(arch_purgatory(0, 0, 0, &purgatory));
	CHECK_EQ(purgatory.data[0], 0xeb);
	CHECK_EQ(2 + purgatory.data[1], 32);
	CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, NULL, &way_back));
	CHECK_EQ(way_back.data[0], 0xeb);
	CHECK_EQ(2 + way_back.data[1], 24);
	free(purgatory.data);
	free(way_back.data);
}

static void purgatory_parameters(void)
{
	struct blob empty, filled;

	CHECK_OK(arch_purgatory(0, 0, 0, &empty));
	CHECK_OK(arch_purgatory(0x4400000, 0x4002000, 0x4004042, &filled));
	CHECK_EQ(filled.size, empty.size);
	CHECK(filled.size < PAGE_BYTES);
	CHECK_EQ(quad(&filled, 8), 0x4400200);
	CHECK_EQ(quad(&filled, 16), 0x4002000);
	CHECK_EQ(quad(&filled, 24), 0x4004042);
	CHECK(!memcmp(filled.data, empty.data, 8));
	CHECK(!memcmp(filled.data + 32, empty.data + 32, empty.size - 32));
	free(empty.data);
	free(filled.data);
}

static const char *paging_of(const char *vmcoreinfo)
{
	return arch_paging(&(struct blob){ (unsigned char *)vmcoreinfo, strlen(vmcoreinfo) });
}

static void paging(void)
{
	CHECK_STR(paging_of("PAGESIZE=4096\nNUMBER(pgtable_l5_enabled)=0\n"), "4-level");
	CHECK_STR(paging_of(""), "4-level");
	CHECK_FAILS(paging_of("PAGESIZE=4096\nNUMBER(pgtable_l5_enabled)=1\n") ? 0 : -1, "5-level");
}

static void kernels(void)
{
	struct bzimage bz = { .xloadflags = 0x7e };

	CHECK_FAILS(arch_check_kernel("bzImage", &bz), "not an x86_64 kernel");
	bz.xloadflags = 1;
	CHECK_OK(arch_check_kernel("bzImage", &bz));
	CHECK(arch_is_running("x86_64"));
	CHECK(!arch_is_running("i686"));
	CHECK(!arch_is_running("aarch64"));
}

/* arch_check_return_code() of a kernel whose code at `symbol` has an lgdt at `offset`. */
static int check_code(const char *symbol, size_t offset)
{
	const struct code_symbol symbols[] = { { symbol, 0 }, { "swap_pages", 0x100 }, { 0 } };
	struct codefile files = codefile_build(symbols, "\x0f\x01\x15", offset);

	return arch_check_return_code(files.kallsyms, files.kcore);
}

static void gdt_restored(void)
{
	CHECK_OK(check_code("relocate_kernel", 0));
	CHECK_OK(check_code("__relocate_kernel_start", 0));
	/* The page holds nothing else, in whatever order its functions are. */
	CHECK_OK(check_code("relocate_kernel", 0x200));
	CHECK_FAILS(check_code("relocate_kernel", 2046), "GDT");
	CHECK_FAILS(check_code("another_symbol", 0), "does not show relocate_kernel");
}

RUN_TESTS(way_back, nothing_else_is_mapped, no_re_entry_point, paging_modes, jump_over_parameters, purgatory_parameters,
	  paging, kernels, gdt_restored)
