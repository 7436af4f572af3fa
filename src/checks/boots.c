/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/boots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"

#define PATH_SIZE 512
#define FILE_MAX_BYTES (1u << 20)
#define ID_SIZE 64

/* A line, cut into its words. */
struct line {
	const char *id, *e820, *efi;
};

/* This boot, and what the file has of others. */
struct history {
	char id[ID_SIZE];
	struct memory_map now;
	struct ranges needed; /* all RAM of this boot */
	struct line other[BOOTS_MAX - 1]; /* the last ones, the oldest first */
	size_t others;
};

/* Cuts `text`, one line, into words. false: it is no such line. */
static bool cut_line(char *text, struct line *line)
{
	char *rest = NULL;

	line->id = strtok_r(text, " ", &rest);
	line->e820 = strtok_r(NULL, " ", &rest);
	line->efi = strtok_r(NULL, " ", &rest);
	if (!line->efi || strtok_r(NULL, " ", &rest))
		return false;
	if (!strcmp(line->efi, "-"))
		line->efi = "";
	return true;
}

/* Does the line's map, which is another boot's, fit a system of this boot? 0 and it counts in `seen`; 1: it makes no sense; or -1 and fail(). */
static int compare(const struct history *h, const struct line *line, struct boots *seen)
{
	char why[MEMORY_MAP_WHY_SIZE];
	struct memory_map then;
	int ret;

	if (memory_map_parse(line->e820, line->efi, NULL, &then))
		return 1;
	ret = memory_map_fits(&h->now, &h->needed, &then, why);
	memory_map_free(&then);
	if (ret < 0)
		return -1;
	seen->known++;
	seen->unfit += ret > 0;
	if (ret > 0)
		memcpy(seen->why, why, sizeof(why));
	return 0;
}

/* Takes the lines of `text` that are of other boots into `h`; of too many the last ones. 0, or -1 and fail(). */
static int take_lines(struct history *h, char *text, struct boots *seen)
{
	char *rest = NULL;

	for (char *each = strtok_r(text, "\n", &rest); each; each = strtok_r(NULL, "\n", &rest)) {
		struct line line;
		int ret;

		if (!cut_line(each, &line) || !strcmp(line.id, h->id))
			continue;
		ret = compare(h, &line, seen);
		if (ret < 0)
			return -1;
		if (ret)
			continue;
		if (h->others == BOOTS_MAX - 1)
			memmove(&h->other[0], &h->other[1], --h->others * sizeof(*h->other));
		h->other[h->others++] = line;
	}
	return 0;
}

static void put_line(FILE *out, const char *id, const char *e820, const char *efi)
{
	fprintf(out, "%s %s %s\n", id, e820, *efi ? efi : "-");
}

/* The file's new content; the caller frees it. 0, or -1 and fail(). */
static int make_text(const struct history *h, struct blob *text)
{
	char *e820 = ranges_text(&h->now.e820, true), *efi = ranges_text(&h->now.efi, true);
	FILE *out = e820 && efi ? open_memstream((char **)&text->data, &text->size) : NULL;
	int ret = -1;

	if (out) {
		for (size_t i = 0; i < h->others; i++)
			put_line(out, h->other[i].id, h->other[i].e820, h->other[i].efi);
		put_line(out, h->id, e820, efi);
		ret = fclose(out) ? fail("memory map", errno, "its history") : 0;
	} else if (e820 && efi) {
		fail("memory map", errno, "its history");
	}
	free(e820);
	free(efi);
	return ret;
}

/* Makes the folders that `path` lies in, which begin behind `root`. What cannot be made, the write fails for. */
static void make_folders(const char *path, size_t root)
{
	char folder[PATH_SIZE];

	for (const char *slash = strchr(path + root + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		(void)mkdir(folder, 0755);
	}
}

static int remember(struct history *h, const char *root, struct boots *seen)
{
	struct blob old = { 0 }, text = { 0 };
	char path[PATH_SIZE], *lines;
	int ret;

	if (snprintf(path, sizeof(path), "%s" BOOTS_FILE, root) >= (int)sizeof(path))
		return fail("memory map", ENAMETOOLONG, "%s", root);
	if (!access(path, F_OK) && read_file(path, FILE_MAX_BYTES, &old))
		return -1;
	/* take_lines() cuts the text, which is compared with the new one. */
	lines = strdup(old.data ? (char *)old.data : "");
	ret = lines ? take_lines(h, lines, seen) : fail("memory map", ENOMEM, "its history");
	if (!ret)
		ret = make_text(h, &text);
	if (!ret && (!old.data || text.size != old.size || memcmp(text.data, old.data, old.size))) {
		make_folders(path, strlen(root));
		ret = replace_file(path, text.data, text.size);
	}
	free(lines);
	free(text.data);
	free(old.data);
	return ret;
}

int boots_remember(const char *root, struct boots *seen)
{
	struct history h = { 0 };
	char path[PATH_SIZE];
	int ret = -1;

	*seen = (struct boots){ 0 };
	snprintf(path, sizeof(path), "%s/proc/sys/kernel/random/boot_id", root);
	if (read_line(path, h.id, sizeof(h.id)) || memory_map_read(root, &h.now))
		return -1;
	if (strchr(h.id, ' ') || !*h.id)
		fail("memory map", 0, "%s is no word: %s", path, h.id);
	else if (!memory_map_ram(&h.now, false, &h.needed))
		ret = remember(&h, root, seen);
	ranges_free(&h.needed);
	memory_map_free(&h.now);
	return ret;
}
