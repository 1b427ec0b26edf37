// [type and whether another thread writes into the frame] [frame...]

#include "script.hpp"

#include "frames.hpp"
#include "sample.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace ringcall::fuzz {
namespace {

// What a handler that looks at everything has seen.
struct seen {
  std::size_t bytes = 0;
  std::size_t elements = 0;
  std::uint64_t sum = 0;

  void bytes_of(std::span<const std::byte> all) {
    bytes += all.size();
    for (const std::byte b : all) sum += static_cast<std::uint64_t>(b);
  }
};

template <class T>
void walk(seen& s, const T& value) {
  if constexpr (requires { value.members; }) {
    walk(s, value.name);
    walk(s, value.members);
    walk(s, value.badge);
  } else if constexpr (requires { value.mail; }) {
    walk(s, value.name);
    if (value.mail) walk(s, *value.mail);
    if (value.marks) s.sum += value.marks->up ? 1u : 2u;
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    s.bytes_of(std::as_bytes(std::span(value)));
  } else if constexpr (requires { value.size_bytes(); }) {
    s.bytes_of(std::as_bytes(value));
  } else if constexpr (requires { value.begin(); value.end(); }) {
    for (const auto& element : value) {
      ++s.elements;
      walk(s, element);
    }
  } else if constexpr (requires { value.has_value(); }) {
    if (value) walk(s, *value);
  } else {
    s.sum += sizeof value;
  }
}

template <class... Args>
bool is_sound(std::span<const std::byte> frame) {
  seen s;
  bool sound = true;
  try {
    const std::tuple<Args...> all = wire::read_request<Args...>(frame);
    std::apply([&](const auto&... each) { (walk(s, each), ...); }, all);
    test::memory_answer echo;
    wire::write_answer(echo, std::get<0>(all));
  } catch (const bad_frame& e) {
    must(*e.what() != 0, "a bad frame is explained");
    sound = false;
  }
  must(s.bytes <= frame.size(), "nothing is seen twice");
  must(s.elements <= frame.size() / 8, "work is in proportion to the frame");
  return sound;
}

// Writes into a frame while it is read, as a hostile client can.
class other_writer {
 public:
  other_writer() : thread_([this] { run(); }) {}
  ~other_writer() {
    stop_ = true;
    thread_.join();
  }

  // Until this returns true nothing is written; at the end of while_writing nothing is any more.
  template <class F>
  void while_writing(std::span<std::byte> frame, F work) {
    frame_ = frame;
    turn_.store(begun, std::memory_order_release);
    work();
    for (int expected = begun; !turn_.compare_exchange_weak(expected, idle) && expected != idle; expected = begun) std::this_thread::yield();
  }

 private:
  enum : int { idle, begun, busy };

  void run() {
    std::uint64_t random = 1;
    while (!stop_) {
      int expected = begun;
      if (!turn_.compare_exchange_strong(expected, busy)) {
        std::this_thread::yield();
        continue;
      }
      for (int i = 0; i < 64 && !frame_.empty(); ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        std::byte& at = frame_[(random >> 33) % frame_.size()];
        std::atomic_ref(at).store(static_cast<std::byte>(random >> 61 == 0 ? random >> 50 : (random >> 50 & 9)), std::memory_order_relaxed);
      }
      turn_.store(idle, std::memory_order_release);
    }
  }

  std::span<std::byte> frame_;
  std::atomic<int> turn_{idle};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

bool read_as(unsigned type, std::span<const std::byte> frame) {
  switch (type) {
    case 0: return is_sound<sample::team>(frame);
    case 1: return is_sound<sequence<std::string_view>, std::uint16_t>(frame);
    case 2: return is_sound<sequence<sequence<std::span<const std::uint16_t>>>>(frame);
    case 3: return is_sound<std::string_view, std::optional<sequence<sample::person>>, std::optional<sample::flags>>(frame);
    case 4: return is_sound<sample::flags>(frame);
    default: return is_sound<std::optional<std::span<const std::uint64_t>>, sequence<std::optional<std::string_view>>>(frame);
  }
}

}  // namespace

void frames(input bytes) {
  script s(bytes);
  const std::uint8_t kind = s.byte();
  const input from = s.rest();
  // Of exactly this size, so that the sanitizer sees each byte beyond, and aligned as payloads are.
  const auto copy = std::make_unique<std::byte[]>(from.size());
  const std::span<std::byte> frame(copy.get(), from.size());
  std::ranges::copy(std::as_bytes(from), frame.begin());
#ifndef __SANITIZE_THREAD__ // the race is the point
  if (kind & 0x80) {
    static other_writer hostile;
    for (int i = 0; i < 4; ++i) hostile.while_writing(frame, [&] { read_as(kind % 6, frame); });
    return;
  }
#endif
  read_as(kind % 6, frame);
}

}  // namespace ringcall::fuzz
