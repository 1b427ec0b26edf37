// Every other time a mutation of the script is a well-formed request at its end, with a turn of the server: chance would need long for these.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_most);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_most, unsigned seed) {
  constexpr std::size_t added_most = 24;
  std::minstd_rand engine(seed);
  auto random = [&] { return static_cast<unsigned>(engine()) >> 3; };
  if (random() % 2 == 0 || size == 0 || size + added_most > size_most) return LLVMFuzzerMutate(data, size, size_most);
  auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  auto put = [&](std::initializer_list<unsigned> bytes) {
    for (const unsigned b : bytes) data[size++] = static_cast<std::uint8_t>(b);
  };
  const unsigned method = 1 + random() % 16, id = byte(), deadline = random() % 4 == 0 ? byte() : 0;
  const unsigned shapes[] = {0, 1, 4, 7, 8, 8, 8, 16, 40, 48, 62, 63};
  switch (random() % 6) {
    case 0: // run, as channel.cpp has it
      put({1, 1 + random() % 4, 0, method, id, shapes[random() % 12], deadline, byte(), byte(), 0, 0, 0, 0, 0, 0, byte(), 1 + random() % 16, byte(), shapes[random() % 12], 0, byte(), 0});
      break;
    case 1: // payload
      put({2, 0, method, id, 0, deadline, byte(), byte() & 0x1fu, byte(), random() % 8});
      break;
    case 2: // batch
      put({3, 0, method, id, 0, deadline, byte(), byte() & 0x0fu, byte(), 0x10 | (byte() & 0x0fu), byte(), 0, random() % 3 == 0 ? byte() : 0u});
      break;
    case 3: // two frames
      put({15, method, id, 0, deadline, 1, byte(), 2, byte(), byte() & 0x1fu, 2, byte(), byte() & 0x1fu, random() % 8 == 0 ? byte() : 0u, byte() & 0x1fu, 0});
      break;
    case 4: // a question for an answer that is kept
      put({16, 0, method, id, 0, 0, random() % 8});
      break;
    default: // a region's ack
      put({6, byte() & 127u, 10});
  }
  put({4, 5});
  return size;
}
}
