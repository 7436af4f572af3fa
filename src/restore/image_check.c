/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "restore/image_check.h"

#include <string.h>

#include "arch/arch.h"
#include "base/report.h"

static int check_meta(const struct meta *meta, bool or_snapshot)
{
	if (strcmp(meta->arch, ARCH_NAME) != 0)
		return fail("metadata", 0, "the image is of %s, this appliance is for %s", meta->arch, ARCH_NAME);
	if (strcmp(meta->state, META_READY) != 0 && !(or_snapshot && !strcmp(meta->state, META_SNAPSHOT)))
		return fail("metadata", 0, "the image is not ready but %s", meta->state);
	return 0;
}

int checked_image_open(const char *dir, const struct blob *text, bool or_snapshot, struct checked_image *image)
{
	*image = (struct checked_image){ .reader.fd = -1 };
	if (!meta_parse(text, &image->meta) && !check_meta(&image->meta, or_snapshot) &&
	    !image_reader_open(dir, &image->meta, &image->reader) &&
	    !restore_headers(image->reader.fd, image->reader.path, &image->reader.index, &image->core) &&
	    !restore_check(&image->core, &image->meta, image->reader.index.dump_size, ARCH_ELF_MACHINE))
		return 0;
	checked_image_close(image);
	return -1;
}

void checked_image_close(struct checked_image *image)
{
	elfcore_free(&image->core);
	image_reader_close(&image->reader);
	meta_free(&image->meta);
}

struct restore_input checked_image_input(const struct checked_image *image, FILE *progress)
{
	return (struct restore_input){ .fd = image->reader.fd, .name = image->reader.path, .core = &image->core,
				       .index = &image->reader.index, .meta = &image->meta, .progress = progress };
}
