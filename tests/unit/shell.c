/* A shell that evals what we print gets exactly what we mean. */
#include "base/shell.h"

#include "check.h"

static void check_assigned(const char *value, const char *want)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	shell_assign(to, "name", value);
	fclose(to);
	CHECK_STR(text, want);
	free(text);
}

static void quoted(void)
{
	check_assigned("", "name=''\n");
	check_assigned("a b $(c) `d` \\ \"", "name='a b $(c) `d` \\ \"'\n");
	check_assigned("it's", "name='it'\\''s'\n");
	check_assigned("'", "name=''\\'''\n");
	check_assigned("a\nb\033c", "name='a?b?c'\n");
}

RUN_TESTS(quoted)
