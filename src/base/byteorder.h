/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in bytes that may lie anywhere, in the byte order that the name says. */
#ifndef KH_BASE_BYTEORDER_H
#define KH_BASE_BYTEORDER_H

#include <stdint.h>

static inline uint16_t le16_at(const unsigned char *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }
static inline uint32_t le32_at(const unsigned char *bytes) { return le16_at(bytes) | (uint32_t)le16_at(bytes + 2) << 16; }
static inline uint64_t le64_at(const unsigned char *bytes) { return le32_at(bytes) | (uint64_t)le32_at(bytes + 4) << 32; }
static inline uint16_t be16_at(const unsigned char *bytes) { return (uint16_t)(bytes[1] | bytes[0] << 8); }
static inline uint32_t be32_at(const unsigned char *bytes) { return be16_at(bytes + 2) | (uint32_t)be16_at(bytes) << 16; }
static inline uint64_t be64_at(const unsigned char *bytes) { return be32_at(bytes + 4) | (uint64_t)be32_at(bytes) << 32; }

#endif
