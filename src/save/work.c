/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/work.h"

#include "base/units.h"
#include "image/index.h"

uint64_t save_work(uint64_t ram)
{
	uint64_t bitmap = ram / PAGE_BYTES / 8;
	uint64_t filtering = 3 * bitmap, saving = 2 * bitmap + 2 * (ram / CHUNK_BYTES * sizeof(struct chunk));

	return max_u64(filtering, saving);
}
