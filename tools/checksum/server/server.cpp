// The demo's server: CRC-32C of blocks and a hash of words, one by one and in dense batches. The Go program starts it.

#include "../checksum.hpp"
#include "ringcall/server.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string_view>

namespace {

// Methods and records; twins in ../ringcall.go.
enum : std::uint16_t { hash_bytes = 1, crc_bytes = 2, hash_words = 3, crc_blocks = 4 };

struct word_record {
  std::byte text[15];
  std::uint8_t size;
};

struct block_record {
  std::byte bytes[4096];
  std::uint64_t size;
};

static_assert(sizeof(word_record) == 16 && sizeof(block_record) == 4104);

std::uint64_t hash_word(const word_record& word) { return checksum::hash(word.text, std::min<std::size_t>(word.size, sizeof word.text)); }

// The block is seen in place, so its size is read once before it is checked; its bytes may change meanwhile and then make another sum.
std::uint64_t crc_block(const block_record& block) {
  std::uint64_t size = *static_cast<const volatile std::uint64_t*>(&block.size);
  return checksum::crc32c(0, block.bytes, std::min<std::size_t>(size, sizeof block.bytes));
}

// spoil is called with every answer and returns what is to be sent.
template <class Spoil>
void add_methods(ringcall::server& server, Spoil spoil) {
  auto send = [](ringcall::answer& out, std::uint64_t value) { std::memcpy(out.resize(sizeof value).data(), &value, sizeof value); };
  server.on_bytes(hash_bytes, [=](std::span<const std::byte> word, ringcall::answer& out) { send(out, spoil(checksum::hash(word.data(), word.size()))); });
  server.on_bytes(crc_bytes, [=](std::span<const std::byte> block, ringcall::answer& out) { send(out, spoil(checksum::crc32c(0, block.data(), block.size()))); });
  server.on<word_record, std::uint64_t>(hash_words, [=](const word_record& word) { return spoil(hash_word(word)); });
  server.on_batch<block_record, std::uint64_t>(crc_blocks, [=](std::span<const block_record> blocks, std::span<std::uint64_t> answers) {
    std::transform(blocks.begin(), blocks.end(), answers.begin(), [=](const block_record& block) { return spoil(crc_block(block)); });
  });
}

// The n of --corrupt n: the answer that is to be wrong, so that a test sees it found. 0: none.
std::uint64_t corrupt_argument(int argc, char** argv) {
  std::uint64_t n = 0;
  if (argc == 1) return n;
  std::string_view text = argc == 3 && std::string_view(argv[1]) == "--corrupt" ? argv[2] : "";
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n == 0) return std::numeric_limits<std::uint64_t>::max();
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t corrupt = corrupt_argument(argc, argv);
  if (corrupt == std::numeric_limits<std::uint64_t>::max()) {
    std::fputs("usage: checksum-server [--corrupt N]   (started by the demo)\n", stderr);
    return 2;
  }
  ringcall::options sizes;
  sizes.slots = 1024;
  sizes.request_arena = 4 * 1024 * 1024;
  ringcall::server server{"checksum", sizes};
  if (corrupt == 0) {
    add_methods(server, [](std::uint64_t value) { return value; });
  } else {
    static std::atomic<std::uint64_t> answers = 0;
    add_methods(server, [=](std::uint64_t value) { return ++answers == corrupt ? value ^ 1 : value; });
  }
  return server.run();
}
