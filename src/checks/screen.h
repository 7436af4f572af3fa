/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Will the user see what the appliance says, and can it see what the user types? */
#ifndef KH_CHECKS_SCREEN_H
#define KH_CHECKS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks at the consoles, the screen and the keyboards of the running system below `root` ("" but in tests). True when the appliance
 * drives all of them that matter, with their names in `text`; false when it does not, with what to expect.
 */
bool screen_look(const char *root, char *text, size_t room);

#endif
