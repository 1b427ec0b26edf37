#include "marks.hpp"

#include "system.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace ringcall::kill {
namespace {

// The first thing that a handler does.
void mark(marks& m, std::uint32_t call) noexcept {
  if (call < m.ran.size()) m.ran[call].fetch_add(1);
}

reply serve(marks& m, const request& r) noexcept {
  mark(m, r.call);
  if (r.check != make_request(r.call).check) m.torn.fetch_add(1);
  return {answer_to(r.call)};
}

}  // namespace

std::array<std::byte, echo_size> make_echo(std::uint32_t call) noexcept {
  std::array<std::byte, echo_size> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(call + i);
  const request r = make_request(call);
  std::memcpy(bytes.data(), &r, sizeof r);
  return bytes;
}

void marks::clear() noexcept {
  for (auto& r : ran) r = 0;
  torn = 0;
  phase = -1;
}

marks& shared_marks() {
  static marks& m = *[] {
    void* page = mmap(nullptr, sizeof(marks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw_errno("mapping the page of marks");
    return new (page) marks{};
  }();
  return m;
}

void add_methods(server& s, marks& m) {
  s.add(twice, make_method<request, reply>([&m](const request& r) { return serve(m, r); }, on_loop));
  s.add(twice_worker, make_method<request, reply>([&m](const request& r) { return serve(m, r); }, on_worker));
  s.add(echo, make_bytes_method(
                  [&m](std::span<const std::byte> in, answer& out) {
                    request r{};
                    std::memcpy(&r, in.data(), std::min(in.size(), sizeof r));
                    mark(m, r.call);
                    if (!std::ranges::equal(in, make_echo(r.call))) m.torn.fetch_add(1);
                    std::ranges::copy(in, out.resize(in.size()).begin());
                  },
                  on_loop));
}

}  // namespace ringcall::kill
