/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of kimage share: its commands, each as a command's `run` (base/options.h). */
#ifndef KH_CMD_KIMAGE_H
#define KH_CMD_KIMAGE_H

#define PROGRAM "kimage"

/* kimage_state.c */
int kimage_state(int argc, char **argv);

/* kimage_commit.c */
int kimage_describe(int argc, char **argv);
int kimage_commit(int argc, char **argv);

/* kimage_files.c */
int kimage_sync(int argc, char **argv);
int kimage_sum(int argc, char **argv);
int kimage_value(int argc, char **argv);

#endif
