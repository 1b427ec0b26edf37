#pragma once
// A loop's statistics for a test that has no server: memory of its own.

#include "stats_file.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace ringcall::test {

class own_stats {
 public:
  // methods: with the unknown one.
  explicit own_stats(std::size_t methods) : methods_count_(methods), methods_(allocate(methods * sizeof(ringcall_method_stats))), samples_(allocate(RINGCALL_SAMPLES * sizeof(ringcall_sample))) {}

  loop_block block() noexcept {
    return {stats_, {static_cast<ringcall_method_stats*>(methods_.get()), methods_count_}, {static_cast<ringcall_sample*>(samples_.get()), RINGCALL_SAMPLES}};
  }

 private:
  struct release {
    void operator()(void* p) const noexcept { std::free(p); }
  };
  // Pages that nothing is counted in are never touched.
  static std::unique_ptr<void, release> allocate(std::size_t size) {
    std::unique_ptr<void, release> p(std::calloc(1, size));
    if (p == nullptr) throw std::bad_alloc();
    return p;
  }

  ringcall_loop_stats stats_{};
  std::size_t methods_count_;
  std::unique_ptr<void, release> methods_, samples_;
};

}  // namespace ringcall::test
