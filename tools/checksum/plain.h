/* The demo's C++ for plain cgo. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct plain_span { /* laid out as Go's span */
  uint32_t offset;
  uint32_t size;
};

uint64_t plain_hash(const uint8_t* data, size_t size);
uint32_t plain_crc32c(const uint8_t* data, size_t size);
uint32_t plain_crc32c_portable(const uint8_t* data, size_t size);
void plain_hash_many(const uint8_t* data, const struct plain_span* spans, size_t count, uint64_t* answers);
void plain_crc32c_many(const uint8_t* data, const struct plain_span* spans, size_t count, uint64_t* answers);

#ifdef __cplusplus
}
#endif

#endif
