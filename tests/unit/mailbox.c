/* A mailbox's place is refused before /dev/mem is opened when it cannot be one. */
#include "kexec/mailbox.h"

#include "check.h"

static void malformed_places(void)
{
	static const char *const places[] = {
		"", ",", "0x1000", "0x1000,", ",0123456789abcdef", "0x1000,0123456789abcde", "0x1000,0123456789abcdef0",
		"0x1001,0123456789abcdef", "0x800,0123456789abcdef", "-1000,0123456789abcdef", "garbage,0123456789abcdef",
		"0x1000 ,0123456789abcdef", " 0x1000,0123456789abcdef", "0x10000000000000000,0123456789abcdef",
		"0x00000000000000000000000000000000000000001000,0123456789abcdef", "0x1000,0123456789abcdef,x",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!CHECK_FAILS(mailbox_write(places[i], MAIL_OK, "text"), "not ADDRESS,NONCE"))
			printf("  the place was \"%s\"\n", places[i]);
}

RUN_TESTS(malformed_places)
