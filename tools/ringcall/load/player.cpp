#include "player.hpp"

#include "interrupt.hpp"

#include <algorithm>

namespace ringcall::load {
namespace {

constexpr std::uint64_t slice_ns = 100'000'000;
constexpr std::uint64_t patience_ns = 10'000'000'000;

bool put_now(client& c, const request& r) {
  if (c.put(r)) return true;
  c.publish(); // a run holds no more than so many
  return c.put(r);
}

// What a single call would have been answered, of a batch of one.
answer as_single(answer a) {
  if (a.status != RINGCALL_BATCH_FAILED) return a;
  a.status = RINGCALL_FAILED;
  a.bytes = a.bytes.subspan(std::min<std::size_t>(RINGCALL_BATCH_FAILED_MESSAGE, a.bytes.size()));
  return a;
}

}  // namespace

std::uint64_t player::due(std::size_t i) const noexcept {
  const std::uint64_t first = recording_.calls[calls_[0]].taken;
  return begin_ns_ + static_cast<std::uint64_t>(static_cast<double>(recording_.calls[calls_[i]].taken - first) / plan_.speed);
}

bool player::may_post(std::size_t i, std::uint64_t now) const noexcept {
  if (i == calls_.size()) return false;
  return plan_.speed == 0 ? client_.outstanding() < plan_.inflight : due(i) <= now;
}

request player::request_of(std::size_t i) const {
  const recorded_call& call = recording_.calls[calls_[i]];
  request r{.method = call.method, .bytes = call.request, .tag = i};
  const auto only = plan_.batches_only.find(call.method);
  // A bad request was a single call already, or one of another size: it is to be refused again.
  if (only == plan_.batches_only.end() || call.status == RINGCALL_BAD_REQUEST || call.request.size() != only->second.request) return r;
  r.batch = 1;
  r.answer_size = only->second.answer;
  return r;
}

void player::post_due() {
  const std::uint64_t now = monotonic_ns();
  full_ = false;
  while (!full_ && may_post(next_, now)) {
    full_ = !put_now(client_, request_of(next_));
    if (full_) break;
    posted_at_[next_] = now;
    if (plan_.speed != 0) latest_ns_ = std::max(latest_ns_, now - due(next_));
    ++next_;
  }
  client_.publish();
}

void player::run(const on_answer& tell) {
  begin_ns_ = monotonic_ns();
  std::uint64_t progress_ns = begin_ns_;
  while (!interrupted() && answered_ != calls_.size()) {
    post_due();
    std::uint64_t limit = monotonic_ns() + slice_ns;
    if (plan_.speed != 0 && !full_ && next_ != calls_.size()) limit = std::min(limit, due(next_));
    const bool any = client_.wait(limit);
    const std::uint64_t now = monotonic_ns();
    elapsed_ns_ = now - begin_ns_;
    if (any || client_.outstanding() == 0) progress_ns = now;
    if (any) {
      answered_ += client_.reap([&](const answer& a) { tell(calls_[a.tag], as_single(a), now - posted_at_[a.tag]); });
    } else if (now - progress_ns > patience_ns) {
      throw std::runtime_error("the server has not answered for 10 s; " + std::to_string(client_.outstanding()) + " calls are in flight");
    }
  }
}

}  // namespace ringcall::load
