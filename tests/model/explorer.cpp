#include "explorer.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ringcall::model {
namespace {

enum class life : std::uint8_t { lives, done, dead };

struct side {
  life now = life::lives;
  bool busy = false; // in an operation, its next load due
  std::uint8_t operation = 0, loads_count = 0, stores_count = 0, load_word = 0;
  order load_order = order::plain;
  std::array<std::uint64_t, loads_max> loads{};
  alignas(8) std::array<std::byte, own_max> own{}; // as it was when the operation began
};

struct state {
  memory shared;
  std::array<side, 2> sides;
  facts truth;
};

struct digest {
  std::uint64_t a, b;
  bool operator==(const digest&) const = default;
};
struct digest_hash {
  std::size_t operator()(const digest& d) const { return d.a; }
};

__extension__ using wide = unsigned __int128;

class hasher {
 public:
  void operator()(std::uint64_t v) {
    a_ = mix(a_ ^ v, 0x9e3779b97f4a7c15);
    b_ = mix(b_ + v, 0xd6e8feb86659fd93);
  }
  digest result() const { return {a_, b_}; }

 private:
  static std::uint64_t mix(std::uint64_t v, std::uint64_t by) {
    const auto product = static_cast<wide>(v ^ by >> 7) * by;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ v << 23;
  }
  std::uint64_t a_ = 0x243f6a8885a308d3, b_ = 0x13198a2e03707344;
};

// How a state was come to first.
struct origin {
  std::uint32_t from;
  std::uint8_t thread;
  std::uint8_t what; // the operation, or death
};
constexpr std::uint8_t death = 255;

class search {
 public:
  search(const plan& p, std::byte* base) : plan_(p), base_(base) {}

  findings run() {
    auto first = std::make_unique<state>();
    first->shared.start(plan_.words);
    for (std::size_t w = 0; w < plan_.words; ++w) first->shared.lay(w, plan_.first[w]);
    for (std::size_t t = 0; t < 2; ++t) plan_.sides[t].start(first->sides[t].own.data());
    reach(std::move(first), {0, 0, 0});
    while (!todo_.empty() && found_.failure.empty()) {
      const auto [s, number] = std::move(todo_.back());
      todo_.pop_back();
      at_ = number;
      expand(*s);
      if (known_.size() > plan_.states_max) fail("more states than planned for", number);
    }
    found_.states = known_.size();
    if (found_.failure.empty()) find_stuck();
    return found_;
  }

 private:
  void expand(const state& s) {
    bool over = true;
    for (int t = 0; t < 2 && found_.failure.empty(); ++t) {
      const side& me = s.sides[static_cast<std::size_t>(t)];
      if (me.now != life::lives) continue;
      over = false;
      if (plan_.mortal == t) reach_death(s, t);
      if (me.busy) {
        const std::size_t choices = s.shared.choices(t, me.load_word);
        for (std::size_t c = 0; c < choices; ++c) {
          auto next = std::make_unique<state>(s);
          side& mine = next->sides[static_cast<std::size_t>(t)];
          if (mine.loads_count == loads_max) return fail("an operation makes more loads than the model has room for", at_);
          mine.loads[mine.loads_count++] = next->shared.load(t, mine.load_word, mine.load_order, c);
          go_on(std::move(next), t);
        }
      } else {
        facts truth = s.truth;
        truth.peer_dead = s.sides[static_cast<std::size_t>(1 - t)].now == life::dead;
        std::uint32_t may = plan_.sides[static_cast<std::size_t>(t)].choices(me.own.data(), truth);
        for (std::uint8_t op = 0; may != 0; ++op, may >>= 1) {
          if ((may & 1) == 0) continue;
          auto next = std::make_unique<state>(s);
          next->sides[static_cast<std::size_t>(t)].operation = op;
          go_on(std::move(next), t);
        }
      }
    }
    if (over) {
      ++found_.ends;
      ends_.push_back(at_);
    }
  }

  // Runs t's operation to its next load or its end.
  void go_on(std::unique_ptr<state> s, int t) {
    side& me = s->sides[static_cast<std::size_t>(t)];
    const script& program = plan_.sides[static_cast<std::size_t>(t)];
    const std::uint8_t operation = me.operation;
    alignas(8) std::array<std::byte, own_max> own = me.own;
    facts truth = s->truth;
    truth.peer_dead = s->sides[static_cast<std::size_t>(1 - t)].now == life::dead;
    truth.sees_all = false;
    tape tape;
    tape.loads = me.loads.data();
    tape.loads_count = me.loads_count;
    tape.stores_count = me.stores_count;
    tape.live = &s->shared;
    tape.thread = t;
    tape.base = base_;
    tape.words = plan_.words;
    if (plan_.mortal == t) {
      tape.before_store = [&] {
        auto dead = std::make_unique<state>(*s);
        dead->truth = truth;
        die(std::move(dead), t);
      };
    }
    running = &tape;
    program.run(own.data(), operation, tape, truth);
    running = nullptr;
    if (truth.sees_all) s->shared.see_all(t, 1 - t);
    s->truth = truth;
    s->truth.peer_dead = s->truth.sees_all = false;
    ++found_.steps;
    if (tape.dry) {
      me.busy = true;
      me.stores_count = static_cast<std::uint8_t>(tape.stores_seen);
      me.load_word = static_cast<std::uint8_t>(tape.load_word);
      me.load_order = tape.load_order;
    } else {
      me.own = own;
      finish(me);
      if (program.done(own.data())) {
        me.now = life::done;
        s->shared.blind = static_cast<std::uint8_t>(s->shared.blind | 1u << t);
      }
    }
    const char* failure = tape.failure;
    const memory::doubt doubt = s->shared.doubts();
    if (failure == nullptr && doubt == memory::doubt::full) failure = "a word is stored to again and again while the other side sees none of it";
    if (failure == nullptr && plan_.judge_memory && doubt == memory::doubt::unseen_overwritten) failure = "a store overwrites one that its side has not seen";
    if (failure == nullptr && plan_.judge_memory && doubt == memory::doubt::race) failure = "a plain access races";
    reach(std::move(s), {at_, static_cast<std::uint8_t>(t), operation});
    if (failure != nullptr) fail(failure, last_);
  }

  static void finish(side& me) {
    me.busy = false;
    me.operation = me.loads_count = me.stores_count = me.load_word = 0;
    me.load_order = order::plain;
  }

  void reach_death(const state& s, int t) { die(std::make_unique<state>(s), t); }

  void die(std::unique_ptr<state> s, int t) {
    side& me = s->sides[static_cast<std::size_t>(t)];
    finish(me);
    me.now = life::dead;
    s->shared.blind = static_cast<std::uint8_t>(s->shared.blind | 1u << t);
    s->truth.peer_dead = s->truth.sees_all = false;
    ++found_.deaths;
    reach(std::move(s), {at_, static_cast<std::uint8_t>(t), death});
  }

  void reach(std::unique_ptr<state> s, origin how) {
    const auto [it, fresh] = known_.try_emplace(digest_of(*s), static_cast<std::uint32_t>(origins_.size()));
    if (!origins_.empty()) edges_.push_back({it->second, at_});
    last_ = it->second;
    if (!fresh) return;
    origins_.push_back(how);
    todo_.emplace_back(std::move(s), it->second);
  }

  digest digest_of(const state& s) const {
    hasher h;
    s.shared.describe([&](std::uint64_t v) { h(v); });
    for (std::size_t t = 0; t < 2; ++t) {
      const side& me = s.sides[t];
      h(static_cast<std::uint64_t>(me.now) << 40 | std::uint64_t{me.busy} << 32 | std::uint64_t{me.operation} << 24 | std::uint64_t{me.loads_count} << 16 |
        std::uint64_t{me.stores_count} << 8 | me.load_word);
      for (std::size_t i = 0; i < me.loads_count; ++i) h(me.loads[i]);
      if (me.now != life::lives) continue;
      for (std::size_t i = 0; i < plan_.sides[t].own_size; i += 8) {
        std::uint64_t v;
        std::memcpy(&v, me.own.data() + i, 8);
        h(v);
      }
    }
    h(s.truth.posted);
    h(s.truth.answered);
    h(s.truth.ran);
    h(s.truth.denied);
    return h.result();
  }

  void fail(const char* why, std::uint32_t number) {
    if (!found_.failure.empty()) return;
    found_.failure = why;
    std::string way;
    for (std::uint32_t at = number; at != 0; at = origins_[at].from) {
      const origin &o = origins_[at], &before = origins_[o.from];
      if (o.from != 0 && o.thread == before.thread && o.what == before.what) continue; // one operation, one load further
      const std::string what = o.what == death ? "dies" : plan_.sides[o.thread].name(o.what);
      way = (o.thread == 0 ? "client " : "server ") + what + (way.empty() ? "" : "; ") + way;
    }
    found_.way = way;
  }

  // From every state both sides must be able to come to their end.
  void find_stuck() {
    const std::size_t count = origins_.size();
    std::vector<std::uint32_t> starts(count + 1), backwards(edges_.size());
    for (const auto& e : edges_) ++starts[e.to + 1];
    for (std::size_t i = 0; i < count; ++i) starts[i + 1] += starts[i];
    std::vector<std::uint32_t> fill(starts.begin(), starts.end() - 1);
    for (const auto& e : edges_) backwards[fill[e.to]++] = e.from;
    std::vector<bool> ending(count);
    std::vector<std::uint32_t> queue = ends_;
    for (const std::uint32_t e : ends_) ending[e] = true;
    while (!queue.empty()) {
      const std::uint32_t at = queue.back();
      queue.pop_back();
      for (std::uint32_t i = starts[at]; i < starts[at + 1]; ++i) {
        if (ending[backwards[i]]) continue;
        ending[backwards[i]] = true;
        queue.push_back(backwards[i]);
      }
    }
    const auto stuck = std::find(ending.begin(), ending.end(), false);
    if (stuck != ending.end()) fail("the sides can no longer come to their end", static_cast<std::uint32_t>(stuck - ending.begin()));
  }

  struct edge {
    std::uint32_t to, from;
  };

  const plan& plan_;
  std::byte* base_;
  findings found_;
  std::unordered_map<digest, std::uint32_t, digest_hash> known_;
  std::vector<origin> origins_; // by state
  std::vector<edge> edges_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::pair<std::unique_ptr<state>, std::uint32_t>> todo_;
  std::uint32_t at_ = 0;   // the state that is expanded
  std::uint32_t last_ = 0; // the one reached last
};

}  // namespace

findings explore(const plan& p, std::byte* base) { return search(p, base).run(); }

}  // namespace ringcall::model
