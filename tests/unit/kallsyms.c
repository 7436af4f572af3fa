/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kallsyms.h"

#include "check.h"
#include "fixture.h"

static void symbols(void)
{
	const char *root = fixture_root();
	char path[512];

	/* The form is that of Linux 6.12 on x86_64. */
	fixture_text(root, "kallsyms", "garbage\n"
		     "0000000000000000 A fixed_percpu_data\n"
		     "ffffffff82a33010 B secretmem_users\n"
		     "ffffffff81233000 T secretmem_users_of_another_name\n"
		     "ffffffffc0000000 t in_a_module\t[module]\n"
		     "ffffffff81002000 t twice\n"
		     "ffffffff81001000 t twice\n");
	snprintf(path, sizeof(path), "%s/kallsyms", root);
	CHECK_EQ(kallsyms_address(path, "secretmem_users"), 0xffffffff82a33010);
	CHECK_EQ(kallsyms_address(path, "in_a_module"), 0xffffffffc0000000);
	CHECK_EQ(kallsyms_address(path, "twice"), 0xffffffff81001000);
	CHECK_EQ(kallsyms_address(path, "secretmem"), 0);
	CHECK_EQ(kallsyms_address(path, "fixed_percpu_data"), 0);
	CHECK_EQ(kallsyms_address("/none", "twice"), 0);
}

RUN_TESTS(symbols)
