/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a kernel command line, cut as the kernel cuts them. */
#ifndef KH_BASE_WORDS_H
#define KH_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A word: parts of the text that it was found in, which it does not own. None of them ends in a NUL. */
struct word {
	const char *text; /* as it stands there, with its quotes */
	size_t length;
	const char *name; /* up to the '=', or all of it; quotes around the whole word are left out */
	size_t name_length;
	const char *value; /* behind the '=', quotes around it left out; NULL if there is no '=' */
	size_t value_length;
};

/*
 * The next word of /proc/cmdline's text from *at on, which goes on to what follows it. false at the end, and at "--", behind
 * which the words are for the first process.
 */
bool words_next(const char **at, struct word *word);

/*
 * The longest words of such a text, of two that are as long the first, up to `count` of them, the longest first. How many there are.
 */
size_t words_longest(const char *text, struct word *longest, size_t count);

/* Does the word's name begin with these `length` characters? The kernel takes - for _, so `name` is written with _ only. */
bool word_begins(const struct word *word, const char *name, size_t length);

/* Is this the word's name? */
bool word_named(const struct word *word, const char *name);

#endif
