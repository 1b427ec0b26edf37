#pragma once
// Methods by id. Filled before the loops start, read-only afterwards.

#include "ringcall/error.hpp"
#include "ringcall/method.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ringcall {

struct registered_method : method {
  std::uint32_t index; // how many were registered before it
};

class method_table {
 public:
  void add(std::uint16_t id, method m) {
    if (id >= methods_.size()) methods_.resize(id + std::size_t{1});
    if (methods_[id]) throw std::system_error(errc::duplicate_method, "method " + std::to_string(id));
    has_worker_methods_ |= m.where != placement::loop;
    ids_.reserve(ids_.size() + 1);
    methods_[id] = std::make_unique<registered_method>(registered_method{std::move(m), static_cast<std::uint32_t>(ids_.size())});
    ids_.push_back(id);
  }

  const registered_method* find(std::uint16_t id) const noexcept { return id < methods_.size() ? methods_[id].get() : nullptr; }
  const std::vector<std::uint16_t>& ids() const noexcept { return ids_; } // by index
  bool has_worker_methods() const noexcept { return has_worker_methods_; }

 private:
  std::vector<std::unique_ptr<registered_method>> methods_;
  std::vector<std::uint16_t> ids_;
  bool has_worker_methods_ = false;
};

}  // namespace ringcall
