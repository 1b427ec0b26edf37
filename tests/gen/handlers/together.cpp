#include "served.hpp"
#include "together/together.ringcall.hpp"

#include <algorithm>

namespace {

class my_deposits final : public together::deposits {
 public:
  together::amount add(together::amount what, together::amount more) override {
    if (what.in != more.in) throw ringcall::failure(static_cast<std::uint32_t>(together::refusal::closed), "two currencies");
    return {what.cents + more.cents, what.in, what.rounded || more.rounded};
  }
  std::int64_t longest(ringcall::sequence<together::note> notes) override {
    std::size_t most = 0;
    std::int64_t found = -1;
    for (const together::note& n : notes) {
      if (n.text.size() <= most) continue;
      most = n.text.size();
      found = n.about.cents;
    }
    return found;
  }
};

class my_payouts final : public together::payouts {
 public:
  together::amount pay(together::amount what) override {
    if (what.cents > 10 * together::cents) throw ringcall::failure(static_cast<std::uint32_t>(together::refusal::too_much), "more than there is");
    return {-what.cents, what.in, what.rounded};
  }
  std::uint32_t read(together::note n) override { return static_cast<std::uint32_t>(n.text.size()) + (n.about.rounded ? 1000 : 0); }
};

}  // namespace

void serve_together(ringcall::server& server) {
  static my_deposits deposits;
  static my_payouts payouts;
  together::serve(server, deposits);
  together::serve(server, payouts);
}
