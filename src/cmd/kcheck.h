/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of kcheck. */
#ifndef KH_CMD_KCHECK_H
#define KH_CMD_KCHECK_H

#define KCHECK "kcheck"

/* kcheck preflight, as a command's `run` (base/options.h). */
int kcheck_preflight(int argc, char **argv);

#endif
