/* Does the running kernel survive a jump back? Its code tells. */
#ifndef KH_RETURNCODE_H
#define KH_RETURNCODE_H

/*
 * Refuses a kernel whose code for the jump loads no GDT: after a jump back its
 * first segment load would go by what the peer left, and reset the machine.
 * The code begins at the first of the symbols `starts` (NULL ends the list)
 * that there is, and ends before `end`; NULL where it fills its page.
 * `kallsyms` and `kcore` are /proc/... 0, or -1 and fail().
 */
int returncode_check(const char *kallsyms, const char *kcore, const char *const *starts, const char *end);

#endif
