/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/secrets.h"

#include <stdio.h>
#include <string.h>

#include "block/encrypted.h"
#include "kernel/secret_memory.h"

/* Of the names of either kind. */
#define NAMES_SIZE 240

struct names {
	char text[NAMES_SIZE];
	size_t left_out;
};

static void add_name(void *context, const char *name)
{
	struct names *names = context;
	size_t used = strlen(names->text);

	if (used + strlen(name) + 3 > sizeof(names->text))
		names->left_out++;
	else
		sprintf(names->text + used, "%s%s", used ? ", " : "", name);
}

int secrets_look(const char *root, const struct secrets_consent *consent, char *text, size_t room)
{
	enum secrets answer = SECRETS_NONE;
	struct names disks = { 0 };
	char users[NAMES_SIZE], more[32] = "";
	int used = secret_memory_users(root, users, sizeof(users));
	size_t length = 0;

	if (used < 0 || encrypted_each(root, add_name, &disks))
		return -1;
	*text = '\0';
	if (used) {
		answer = consent->memory ? SECRETS_AGREED : SECRETS_REFUSED;
		snprintf(text, room, "memory of memfd_secret(2), in use by %s, %s", users, consent->memory ?
			 "will lie in the image in plain text" :
			 "would lie in the image in plain text: end that, or agree by --save-secret-memory");
		length = strlen(text);
	}
	if (disks.left_out)
		snprintf(more, sizeof(more), " and %zu more", disks.left_out);
	if (*disks.text) {
		const char *end = consent->disk_keys ? "" : consent->force ? ", passed over by --force" :
			": close it, or agree by --save-disk-keys or --force";

		if (!consent->disk_keys && !consent->force)
			answer = SECRETS_REFUSED;
		else if (answer == SECRETS_NONE)
			answer = SECRETS_AGREED;
		snprintf(text + length, room - length, "%sthe image is not encrypted, and will hold the keys of %s%s%s",
			 length ? "; " : "", disks.text, more, end);
	}
	return (int)answer;
}
