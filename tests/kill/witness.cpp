#include "witness.hpp"

#include "system.hpp"

#include <unistd.h>

namespace ringcall::kill {

constexpr std::uint64_t once_broken_ns = 1'000'000'000;

witness::witness() : server_(directory_ / "s"), bystander_(directory_ / "s") {
  newcomer();
  // What is there once only the bystander's segment is left and nothing changes any more.
  const std::uint64_t begin = monotonic_ns();
  for (holdings h; base_ != h || (h.segments != 1 && monotonic_ns() - begin < patience_ns_); usleep(100'000)) base_ = std::exchange(h, holdings_of(server_.pid()));
  if (base_.segments != 1) patience_ns_ = once_broken_ns;
}

void witness::judge(const std::string& where, std::vector<std::string>& violations) {
  const marks& m = shared_marks();
  const auto wrong = [&](const std::string& what) { violations.push_back(where + ": " + what); };
  if (const std::string text = newcomer(); !text.empty()) wrong(text);
  const auto r = bystander_.call(twice, make_request(call_bystander));
  if (r.status != RINGCALL_OK || r.as<reply>().value != answer_to(call_bystander)) wrong("another client's call is not answered");
  if (const holdings h = settled(); h != base_) wrong("the server holds " + text(h) + "; before it held " + text(base_)), base_ = h;
  if (const std::string log = server_.complaints(); log.size() > complaints_) wrong("the server complains: " + log.substr(complaints_)), complaints_ = log.size();
  if (m.torn != 0) wrong("a handler was given a request that nobody wrote");
  for (std::uint32_t i = 0; i < calls; ++i) {
    if (m.ran[i] > 1) wrong("call " + std::to_string(i) + " ran " + std::to_string(m.ran[i]) + " times");
  }
  // What a run or a batch holds is published by one store.
  const auto whole = [&](std::uint32_t first, std::uint32_t count, const char* what) {
    std::uint32_t ran = 0;
    for (std::uint32_t i = first; i < first + count; ++i) ran += m.ran[i];
    if (ran != 0 && ran != count) wrong(std::to_string(ran) + what + std::to_string(count) + " ran");
  };
  whole(call_run, run_size, " calls of a run of ");
  whole(call_batch, batch_size, " records of a batch of ");
}

// Comes after the dead, by the same door: once it has been answered they have been looked at. Says what went wrong.
std::string witness::newcomer() {
  try {
    test::client c(path());
    const auto r = c.call(twice, make_request(call_newcomer));
    return r.status == RINGCALL_OK ? "" : "a new client's call is not answered";
  } catch (const std::exception& e) {
    return std::string("a new client cannot attach: ") + e.what();
  }
}

// What the server holds once that is what it held before, or after a while what it holds then.
holdings witness::settled() {
  const std::uint64_t begin = monotonic_ns();
  holdings h = holdings_of(server_.pid());
  for (; h != base_ && monotonic_ns() - begin < patience_ns_; h = holdings_of(server_.pid())) usleep(200);
  if (h != base_) patience_ns_ = once_broken_ns;
  return h;
}

}  // namespace ringcall::kill
