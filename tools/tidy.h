/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read by clang-tidy before each file, since it sees one file at a time: fail() always returns -1. */
#include "base/report.h"

#define fail(...) (fail(__VA_ARGS__), -1)
