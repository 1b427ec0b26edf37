#pragma once
// Explores every interleaving of a few short threads over shared words, with store buffers: what a memory model with weak stores allows.
//
// A store waits in its thread's buffer and reaches memory at any later moment; stores to different words may do so in any order (PSO), except
// that a release waits for all before it. A fence waits until the buffer is empty. Loads see the own buffer first, and happen in order.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <tuple>
#include <vector>

namespace ringcall::test {

enum class op : std::uint8_t {
  store,         // word = value
  store_release, // the same, after all before it
  load,          // reg = word
  fence,
  end_if_zero, // ends the thread if reg is 0
  end_if_set,  // ends the thread if reg is not 0
  ring_if_set, // the bell rings if reg is not 0
  block,       // until the bell has rung
};

struct step {
  op what;
  int word = 0;  // or the register of the jumps
  int value = 0; // or the register of a load
};

struct pending_store {
  int word, value;
  bool release;
  auto operator<=>(const pending_store&) const = default;
};

struct world {
  std::array<int, 6> memory{};
  bool bell = false;
  struct thread {
    std::size_t at = 0;
    bool ended = false;
    std::array<int, 4> registers{};
    std::vector<pending_store> buffer;
    auto operator<=>(const thread&) const = default;
  };
  std::vector<thread> threads;
  auto operator<=>(const world&) const = default;
};

using program = std::vector<step>;

// Calls seen with every world that can be reached; stuck says that no thread can go on any more. Returns how many there were.
inline std::size_t explore(const std::vector<program>& programs, world first, const std::function<void(const world&, bool stuck)>& seen) {
  first.threads.resize(programs.size());
  std::set<world> known{first};
  std::deque<world> todo{first};
  while (!todo.empty()) {
    const world w = todo.front();
    todo.pop_front();
    bool stuck = true;
    auto reach = [&](world next) {
      stuck = false;
      if (known.insert(next).second) todo.push_back(std::move(next));
    };
    for (std::size_t t = 0; t < programs.size(); ++t) {
      const auto& self = w.threads[t];
      for (std::size_t i = 0; i < self.buffer.size(); ++i) { // a store reaches memory
        bool may = !self.buffer[i].release || i == 0;
        for (std::size_t j = 0; j < i; ++j) may = may && self.buffer[j].word != self.buffer[i].word;
        if (!may) continue;
        world next = w;
        next.memory[static_cast<std::size_t>(self.buffer[i].word)] = self.buffer[i].value;
        next.threads[t].buffer.erase(next.threads[t].buffer.begin() + static_cast<std::ptrdiff_t>(i));
        reach(std::move(next));
      }
      if (self.ended || self.at == programs[t].size()) continue;
      const step& s = programs[t][self.at];
      if ((s.what == op::fence && !self.buffer.empty()) || (s.what == op::block && !w.bell)) continue;
      world next = w;
      auto& me = next.threads[t];
      ++me.at;
      switch (s.what) {
        case op::store:
        case op::store_release: me.buffer.push_back({s.word, s.value, s.what == op::store_release}); break;
        case op::load: {
          int value = w.memory[static_cast<std::size_t>(s.word)];
          for (const auto& p : self.buffer) {
            if (p.word == s.word) value = p.value;
          }
          me.registers[static_cast<std::size_t>(s.value)] = value;
          break;
        }
        case op::end_if_zero: me.ended = me.registers[static_cast<std::size_t>(s.word)] == 0; break;
        case op::end_if_set: me.ended = me.registers[static_cast<std::size_t>(s.word)] != 0; break;
        case op::ring_if_set: next.bell = w.bell || me.registers[static_cast<std::size_t>(s.word)] != 0; break;
        case op::fence:
        case op::block: break;
      }
      reach(std::move(next));
    }
    seen(w, stuck);
  }
  return known.size();
}

}  // namespace ringcall::test
