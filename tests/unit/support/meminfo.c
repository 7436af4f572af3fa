/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meminfo.h"

#include <stdio.h>

#include "fixture.h"

#define KIB(FIELD) (unsigned long long)kib->FIELD

void meminfo_write(const char *root, const struct meminfo *kib)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "MemTotal:       %8llu kB\nMemFree:        %8llu kB\nMemAvailable:   %8llu kB\nBuffers:             204 kB\n"
		 "Cached:             2948 kB\nSwapCached:            0 kB\nActive:             2764 kB\nInactive:            800 kB\n"
		 "Active(anon):   %8llu kB\nInactive(anon): %8llu kB\nActive(file):       2708 kB\nInactive(file):      392 kB\n"
		 "Unevictable:           0 kB\nMlocked:               0 kB\nSwapTotal:      %8llu kB\nSwapFree:       %8llu kB\n"
		 "Dirty:          %8llu kB\nWriteback:      %8llu kB\nAnonPages:           512 kB\nMapped:             2260 kB\n"
		 "Shmem:                52 kB\nKReclaimable:       1180 kB\nSlab:               7040 kB\nSReclaimable:       1180 kB\n"
		 "SUnreclaim:         5860 kB\nKernelStack:        1520 kB\nPageTables:          528 kB\nSecPageTables:         0 kB\n"
		 "NFS_Unstable:          0 kB\nBounce:                0 kB\nWritebackTmp:          0 kB\nCommitLimit:      602000 kB\n"
		 "Committed_AS:       2044 kB\nVmallocTotal:   34359738367 kB\nVmallocUsed:          32 kB\nVmallocChunk:          0 kB\n"
		 "Percpu:              416 kB\nAnonHugePages:         0 kB\nShmemHugePages:        0 kB\nShmemPmdMapped:        0 kB\n"
		 "FileHugePages:         0 kB\nFilePmdMapped:         0 kB\nUnaccepted:            0 kB\nHugePages_Total:       0\n"
		 "HugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\nHugepagesize:       2048 kB\n"
		 "Hugetlb:               0 kB\nDirectMap4k:       18896 kB\nDirectMap2M:     1286144 kB\nDirectMap1G:           0 kB\n",
		 KIB(total), KIB(free), KIB(available), KIB(active_anon), KIB(inactive_anon), KIB(swap_total), KIB(swap_free), KIB(dirty),
		 KIB(writeback));
	fixture_text(root, "proc/meminfo", text);
}
