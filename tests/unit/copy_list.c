/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a copy list. It is carried out on an array in which a number stands for each page of memory. */
#include "kexec/copy_list.h"

#include "check.h"

enum { FRAMES = 4096, SPARE = FRAMES - 1 };

static uint32_t memory[FRAMES];

/* Every page frame holds its own number. */
static void fresh_memory(void)
{
	for (uint32_t i = 0; i < FRAMES; i++)
		memory[i] = i;
}

/* Carries out the list as the trampoline does (arch/NAME/return.S). */
static void carry_out(const struct copy_list *moves)
{
	for (size_t i = 0; i < moves->count; i++) {
		const struct copy_item *m = &moves->item[i];

		CHECK(m->pages > 0 && m->to + m->pages <= FRAMES && m->from + m->pages <= FRAMES && !m->unused);
		for (uint32_t p = 0; p < m->pages; p++)
			memory[m->to + p] = m->from ? memory[m->from + p] : 0;
	}
}

/* Makes a copy list and carries it out. Each page has to arrive, and no other frame may change but the spare one. Returns the items. */
static size_t check_moves(const struct page_copy *page, size_t count)
{
	struct copy_list moves = { 0 };
	static bool reached[FRAMES];
	size_t ordered;

	memset(reached, 0, sizeof(reached));
	fresh_memory();
	CHECK_OK(copy_list_order(&moves, page, count, SPARE));
	carry_out(&moves);
	for (size_t i = 0; i < count; i++) {
		reached[page[i].to] = true;
		if (memory[page[i].to] != page[i].from)
			CHECK_EQ(memory[page[i].to], page[i].from);
	}
	for (uint32_t i = 0; i < SPARE; i++)
		if (!reached[i] && memory[i] != i)
			CHECK_EQ(memory[i], i);
	ordered = moves.count;
	copy_list_free(&moves);
	return ordered;
}

static void nothing_in_the_way(void)
{
	static const struct page_copy far[] = { { 10, 100 }, { 11, 101 }, { 12, 102 }, { 20, 99 } };
	static const struct page_copy in_place[] = { { 5, 5 }, { 6, 6 } };

	/* Neighbours are one item. */
	CHECK_EQ(check_moves(far, 4), 2);
	CHECK_EQ(check_moves(in_place, 2), 0);
	CHECK_EQ(check_moves(NULL, 0), 0);
}

static void lines(void)
{
	/* All pages go one frame up; all go one frame down; the same, with the middle named first. */
	static const struct page_copy up[] = { { 11, 10 }, { 12, 11 }, { 13, 12 }, { 14, 13 } };
	static const struct page_copy down[] = { { 10, 11 }, { 11, 12 }, { 12, 13 }, { 13, 14 } };
	static const struct page_copy middle[] = { { 30, 20 }, { 40, 30 }, { 20, 10 }, { 50, 40 } };

	check_moves(up, 4);
	CHECK_EQ(check_moves(down, 4), 1);
	check_moves(middle, 4);
}

static void circles(void)
{
	static const struct page_copy two[] = { { 1, 2 }, { 2, 1 } };
	static const struct page_copy three[] = { { 1, 2 }, { 2, 3 }, { 3, 1 }, { 4, 4 } };

	CHECK_EQ(check_moves(two, 2), 3);
	check_moves(three, 4);
}

static void shuffle(uint32_t *number, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = (size_t)rand() % (i + 1);
		uint32_t other = number[j];

		number[j] = number[i];
		number[i] = other;
	}
}

/* Random pages from random frames, which make chains and circles of all lengths. */
static void at_random(void)
{
	static uint32_t to[SPARE], from[SPARE];
	static struct page_copy page[SPARE];

	srand(1);
	for (uint32_t i = 0; i < SPARE - 1; i++)
		to[i] = from[i] = i + 1;
	for (int round = 0; round < 200; round++) {
		size_t count = round ? (size_t)rand() % (SPARE - 1) + 1 : SPARE - 1;

		shuffle(to, SPARE - 1);
		shuffle(from, SPARE - 1);
		for (size_t i = 0; i < count; i++)
			page[i] = (struct page_copy){ to[i], from[i] };
		CHECK(check_moves(page, count) <= count + count / 2);
	}
}

static void cleared_at_last(void)
{
	static const struct page_copy page[] = { { 10, 20 }, { 11, 21 } };
	struct copy_list moves = { 0 };

	fresh_memory();
	CHECK_OK(copy_list_order(&moves, page, 2, SPARE));
	CHECK_OK(copy_list_clear(&moves, 20, 2));
	CHECK_OK(copy_list_clear(&moves, 30, 0));
	CHECK_OK(copy_list_clear(&moves, 22, 3));
	carry_out(&moves);
	CHECK_EQ(memory[10], 20);
	CHECK_EQ(memory[11], 21);
	for (uint32_t i = 20; i < 25; i++)
		CHECK_EQ(memory[i], 0);
	CHECK_EQ(memory[25], 25);
	CHECK_EQ(memory[30], 30);
	copy_list_free(&moves);
}

static void refusals(void)
{
	static const struct page_copy same[] = { { 10, 20 }, { 11, 20 } };
	struct copy_list moves = { 0 };

	CHECK_FAILS(copy_list_order(&moves, same, 2, SPARE), "two pages come from frame 0x14");
	CHECK_FAILS(copy_list_clear(&moves, 1ULL << 32, 1), "out of reach");
	CHECK_FAILS(copy_list_clear(&moves, 0xffffff00, 0x200), "out of reach");
	copy_list_free(&moves);
}

RUN_TESTS(nothing_in_the_way, lines, circles, at_random, cleared_at_last, refusals)
