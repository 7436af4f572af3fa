/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Being alone: one script of ours is at work at a time, in a mount namespace of its own. Both end with its processes, however they end,
 * so there is nothing left behind that anybody would have to remove: the lock is one of the kernel's (flock(2)), which all processes of
 * the script hold together, and with the last of them goes the namespace, and what is mounted there.
 */
#ifndef KH_KERNEL_ALONE_H
#define KH_KERNEL_ALONE_H

/*
 * From here on this process, with all that it starts, is alone among those that asked for the same folder, which is made if it is not
 * there, and is for root only. What an earlier one has left mounted right in it is unmounted. `name` is what the others are told. The
 * process number is left in the environment, as KHIBERNATE_ALONE: no other process has it. 0, or -1 and fail().
 */
int alone_begin(const char *name, const char *folder);

#endif
