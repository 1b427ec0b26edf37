#pragma once
// Methods by id. Filled before the loops start, read-only afterwards.

#include "ringcall/error.hpp"
#include "ringcall/method.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ringcall {

class method_table {
 public:
  void add(std::uint16_t id, method m) {
    if (id >= methods_.size()) methods_.resize(id + std::size_t{1});
    if (methods_[id]) throw std::system_error(errc::duplicate_method, "method " + std::to_string(id));
    has_worker_methods_ |= m.where == placement::worker;
    methods_[id] = std::make_unique<method>(std::move(m));
  }

  const method* find(std::uint16_t id) const noexcept { return id < methods_.size() ? methods_[id].get() : nullptr; }
  bool has_worker_methods() const noexcept { return has_worker_methods_; }

 private:
  std::vector<std::unique_ptr<method>> methods_;
  bool has_worker_methods_ = false;
};

}  // namespace ringcall
