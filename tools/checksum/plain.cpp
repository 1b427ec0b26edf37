#include "plain.h"

#include "checksum.hpp"

static const std::byte* bytes(const uint8_t* data) { return reinterpret_cast<const std::byte*>(data); }

uint64_t plain_hash(const uint8_t* data, size_t size) { return checksum::hash(bytes(data), size); }

uint32_t plain_crc32c(const uint8_t* data, size_t size) { return checksum::crc32c(0, bytes(data), size); }

uint32_t plain_crc32c_portable(const uint8_t* data, size_t size) { return checksum::crc32c_portable(0, bytes(data), size); }

void plain_hash_many(const uint8_t* data, const plain_span* spans, size_t count, uint64_t* answers) {
  for (size_t i = 0; i < count; ++i) answers[i] = checksum::hash(bytes(data) + spans[i].offset, spans[i].size);
}

void plain_crc32c_many(const uint8_t* data, const plain_span* spans, size_t count, uint64_t* answers) {
  for (size_t i = 0; i < count; ++i) answers[i] = checksum::crc32c(0, bytes(data) + spans[i].offset, spans[i].size);
}
