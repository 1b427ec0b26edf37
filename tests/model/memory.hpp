#pragma once
// Memory as C++ promises it, and no better: what release, acquire, relaxed and plain accesses to a few shared words may see.
//
// Each word keeps every store that somebody may still see. A thread has a view: for each word the oldest store that it may still see. A load may
// return any store from there on, whichever order the stores were made in; it moves the view of that word. A release store carries the
// view of its thread, an acquire load that returns it joins that view to its own. So stores reach others in any order, loads may be stale and
// threads may disagree, except as far as release and acquire forbid it. This is RC11 without load buffering (a load never returns what is
// stored because of it); x86's and ARM's store buffers are special cases.
//
// What is not allowed is noted: a store over one that its thread has not seen, and plain accesses that race.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace ringcall::model {

inline constexpr std::size_t words_max = 20;
inline constexpr std::size_t stores_kept = 8; // of one word

using view = std::array<std::uint8_t, words_max>; // by word: number of the oldest store that may be seen

inline void join(view& into, const view& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], other[i]);
}

enum class order : std::uint8_t { plain, relaxed, ordered }; // ordered: acquire for a load, release for a store

struct message {
  std::uint64_t value;
  bool plain;
  bool carries; // a view
  view carried;
};

class memory {
 public:
  enum class doubt : std::uint8_t { none, unseen_overwritten, race, full };

  std::uint8_t words = 0; // in use
  view views[2]{};
  std::uint8_t blind = 0; // bit by thread: it looks no more

  // How many stores a load by thread of word may return now.
  std::size_t choices(int thread, std::size_t word) const { return newest(word) - views[thread][word] + 1u; }

  // Loads, and returns, the store that is choice places younger than the oldest which may be seen.
  std::uint64_t load(int thread, std::size_t word, order o, std::size_t choice) {
    view& mine = views[thread];
    const auto number = static_cast<std::uint8_t>(mine[word] + choice);
    const message& m = at(word, number);
    if (choice != 0 && (m.plain || o == order::plain)) doubt_ = doubt::race;
    if (choices(thread, word) > 1 && o == order::plain) doubt_ = doubt::race;
    mine[word] = number;
    const std::uint64_t value = m.value;
    if (o == order::ordered && m.carries) join(mine, m.carried);
    trim();
    return value;
  }

  void store(int thread, std::size_t word, std::uint64_t value, order o) {
    view& mine = views[thread];
    if (mine[word] != newest(word)) doubt_ = doubt::unseen_overwritten;
    history& h = histories_[word];
    if (h.count == stores_kept) {
      doubt_ = doubt::full;
      return;
    }
    message& m = h.kept[h.count++];
    mine[word] = newest(word);
    m = {value, o == order::plain, o == order::ordered || fenced_[thread].carries, fenced_[thread].carried};
    if (o == order::ordered) m.carried = mine;
    trim();
  }

  // What is stored by thread from here on carries what it had seen and stored before.
  void release_fence(int thread) { fenced_[thread] = {true, views[thread]}; }

  // What the dead thread did is seen by the other one: the kernel's word that a process has ended.
  void see_all(int thread, int other) {
    join(views[thread], views[other]);
    trim();
  }

  // What a load by thread of word may return that is oldest.
  std::uint64_t oldest(int thread, std::size_t word) const { return at(word, views[thread][word]).value; }
  doubt doubts() const { return doubt_; }

  void start(std::size_t count) {
    words = static_cast<std::uint8_t>(count);
    for (history& h : histories_) h.count = 1;
  }

  void lay(std::size_t word, std::uint64_t value) { histories_[word].kept[0].value = value; }

  // Feeds what tells two memories apart to take(std::uint64_t). Views that can make no difference any more are left out.
  template <class F>
  void describe(F take) const {
    view floor{};
    for (std::size_t w = 0; w < words; ++w) floor[w] = oldest_wanted(w);
    const auto packed = [&](const view& v, std::size_t from) {
      std::uint64_t bits = 0;
      for (std::size_t i = from; i < std::min<std::size_t>(from + 8, words); ++i) bits = bits << 8 | (v[i] <= floor[i] ? 0u : v[i]);
      return bits;
    };
    for (std::size_t w = 0; w < words; ++w) {
      const history& h = histories_[w];
      take(std::uint64_t{h.first} << 16 | std::uint64_t{h.count} << 8 | blind);
      for (const message& m : std::span(h.kept).first(h.count)) {
        take(m.value);
        take(std::uint64_t{m.plain} << 1 | m.carries);
        for (std::size_t i = 0; m.carries && i < words; i += 8) take(packed(m.carried, i));
      }
    }
    for (int t = 0; t < 2; ++t) {
      for (std::size_t i = 0; i < words; i += 8) {
        take(blind >> t & 1 ? 0 : packed(views[t], i));
        take(fenced_[t].carries ? packed(fenced_[t].carried, i) + 1 : 0);
      }
    }
  }

 private:
  struct history {
    std::uint8_t first = 0; // number of kept[0]
    std::uint8_t count = 0;
    std::array<message, stores_kept> kept{};
  };
  struct fence {
    bool carries = false;
    view carried{};
  };

  std::uint8_t newest(std::size_t word) const { return static_cast<std::uint8_t>(histories_[word].first + histories_[word].count - 1); }
  const message& at(std::size_t word, std::uint8_t number) const { return histories_[word].kept[static_cast<std::uint8_t>(number - histories_[word].first)]; }

  std::uint8_t oldest_wanted(std::size_t w) const {
    const std::uint8_t a = blind & 1 ? newest(w) : views[0][w], b = blind & 2 ? newest(w) : views[1][w];
    return std::min(a, b);
  }

  void trim() {
    for (std::size_t w = 0; w < words; ++w) {
      history& h = histories_[w];
      const std::uint8_t wanted = oldest_wanted(w);
      if (wanted == h.first) continue;
      const std::size_t gone = static_cast<std::uint8_t>(wanted - h.first);
      std::copy(h.kept.begin() + static_cast<std::ptrdiff_t>(gone), h.kept.begin() + h.count, h.kept.begin());
      h.first = wanted;
      h.count = static_cast<std::uint8_t>(h.count - gone);
    }
  }

  std::array<history, words_max> histories_{};
  fence fenced_[2];
  doubt doubt_ = doubt::none;
};

}  // namespace ringcall::model
