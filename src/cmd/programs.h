/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs, each with its arguments as main() has them; the exit status. */
#ifndef KH_CMD_PROGRAMS_H
#define KH_CMD_PROGRAMS_H

int kalone_main(int argc, char **argv);
int kcheck_main(int argc, char **argv);
int kjump_main(int argc, char **argv);
int ksave_main(int argc, char **argv);
int krestore_main(int argc, char **argv);
int kimage_main(int argc, char **argv);
int kconf_main(int argc, char **argv);
int kkeys_main(int argc, char **argv);
int kmail_main(int argc, char **argv);

#endif
