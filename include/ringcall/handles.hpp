#pragma once
// Objects that live in the server and that clients name by a number.

#include "ringcall/caller.hpp"
#include "ringcall/error.hpp"
#include "ringcall/server.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <random>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace ringcall {

// The code of the failure for a handle that is none, unless the interface has one of its own.
inline constexpr std::uint32_t bad_handle = 0xffffffff;

// Objects behind handles; each belongs to the client that it was created for, caller(), and goes at the latest when that client goes, however it
// goes. Id: std::uint64_t or an enum class of that size, which is a type of its own in Go, too.
//
//   ringcall::handles<person, person_id> people{server, person_error::no_such_person};
//   person_id create(std::string_view name) override { return people.create(name); }
//   std::string name(person_id id) override { return people.get(id)->name; }
//
// Handles that were freed, belong to another client or were never given out are refused alike, with a failure: a client cannot learn what others
// have. No handle is 0, none is ever given out twice, and the next cannot be told from those before.
//
// Thread-safe, but for the T itself: with several workers two calls of one client may have it at a time. The T lives until the last shared_ptr is
// gone, so a handler may go on with one that another call frees.
template <class T, class Id = std::uint64_t>
class handles {
  static_assert(sizeof(Id) == 8 && (std::is_enum_v<Id> || std::is_unsigned_v<Id>), "a handle is std::uint64_t or an enum class of std::uint64_t");

 public:
  // Registers with the server, so construct it before run; it may be destroyed before the server or after.
  explicit handles(server& s) : handles(s, bad_handle, nullptr) {}
  // code: of the failure for a handle that is none.
  template <failure_code E>
  handles(server& s, E code) : handles(s, static_cast<std::uint32_t>(code), nullptr) {}

  handles(const handles&) = delete;
  handles& operator=(const handles&) = delete;

  // Makes a T of the caller's and returns its handle.
  template <class... Args>
  Id create(Args&&... args) {
    const std::uint64_t owner = caller().id;
    return static_cast<Id>(table_->add(owner, std::make_shared<T>(std::forward<Args>(args)...)));
  }

  // Throws failure if the caller has no such handle.
  std::shared_ptr<T> get(Id id) const { return found(table_->find(caller().id, raw(id)), id); }

  // Likewise. The T's destructor runs here, or where its last shared_ptr goes.
  void free(Id id) { found(table_->take(caller().id, raw(id)), id); }

  // Of all clients.
  std::size_t size() const { return table_->size(); }

 private:
  using objects = std::unordered_map<std::uint64_t, std::shared_ptr<T>>;

  class table {
   public:
    table() {
      std::random_device random; // the system's
      for (std::uint64_t* key : {&before_, &after_}) *key = std::uint64_t{random()} << 32 | random();
    }

    std::uint64_t add(std::uint64_t owner, std::shared_ptr<T> object) {
      const std::lock_guard lock(mutex_);
      std::uint64_t id = next();
      if (id == 0) id = next();
      by_owner_[owner].emplace(id, std::move(object));
      ++count_;
      return id;
    }

    std::shared_ptr<T> find(std::uint64_t owner, std::uint64_t id) const {
      const std::lock_guard lock(mutex_);
      const auto theirs = by_owner_.find(owner);
      if (theirs == by_owner_.end()) return nullptr;
      const auto at = theirs->second.find(id);
      return at == theirs->second.end() ? nullptr : at->second;
    }

    std::shared_ptr<T> take(std::uint64_t owner, std::uint64_t id) {
      const std::lock_guard lock(mutex_);
      const auto theirs = by_owner_.find(owner);
      if (theirs == by_owner_.end()) return nullptr;
      auto node = theirs->second.extract(id);
      if (node.empty()) return nullptr;
      if (theirs->second.empty()) by_owner_.erase(theirs);
      --count_;
      return std::move(node.mapped()); // so that its destructor runs without the lock
    }

    objects take_all(std::uint64_t owner) {
      const std::lock_guard lock(mutex_);
      auto node = by_owner_.extract(owner);
      if (node.empty()) return {};
      count_ -= node.mapped().size();
      return std::move(node.mapped());
    }

    std::size_t size() const {
      const std::lock_guard lock(mutex_);
      return count_;
    }

   private:
    // A counter behind a permutation with a secret on either side: never the same twice, and no telling what comes next.
    std::uint64_t next() noexcept {
      std::uint64_t x = ++created_ ^ before_;
      x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u; // splitmix64's
      x = (x ^ x >> 27) * 0x94d049bb133111ebu;
      return (x ^ x >> 31) ^ after_;
    }

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, objects> by_owner_; // clients with objects only
    std::size_t count_ = 0;
    std::uint64_t created_ = 0;
    std::uint64_t before_ = 0, after_ = 0;
  };

  handles(server& s, std::uint32_t code, std::nullptr_t) : table_(std::make_shared<table>()), code_(code) {
    s.on_gone([weak = std::weak_ptr<table>(table_)](client_info client) {
      if (const auto alive = weak.lock()) alive->take_all(client.id);
    });
  }

  static std::uint64_t raw(Id id) noexcept { return static_cast<std::uint64_t>(id); }

  std::shared_ptr<T> found(std::shared_ptr<T> object, Id id) const {
    if (object) return object;
    char text[120];
    std::snprintf(text, sizeof text, "no handle 0x%llx: it was freed, belongs to another client or was never given out", static_cast<unsigned long long>(raw(id)));
    throw failure(code_, text);
  }

  std::shared_ptr<table> table_;
  std::uint32_t code_;
};

}  // namespace ringcall
