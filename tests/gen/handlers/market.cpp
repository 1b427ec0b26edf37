#include "served.hpp"
#include "market/market.ringcall.hpp"

#include <cstdlib>
#include <mutex>

namespace {

class my_quotes final : public market::quotes {
 public:
  std::int64_t add(std::int32_t a, std::int32_t b) override { return std::int64_t{a} + b; }

  ringcall::result<market::quote, market::quote_error> quote_of(std::string_view symbol) override {
    if (symbol.empty()) return ringcall::error(market::quote_error::unknown_symbol, "a symbol has a letter at least");
    market::quote q{};
    q.price = static_cast<double>(symbol.size()) + 0.5;
    q.size = 100;
    q.which = market::side::sell;
    q.symbol = symbol;
    return q;
  }

  void note(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    notes_.emplace_back(line);
  }

  void price_all(std::span<const market::quote> requests, std::span<double> answers) override {
    for (std::size_t i = 0; i < requests.size(); ++i) answers[i] = requests[i].price * static_cast<double>(requests[i].size);
  }

  std::vector<std::string> names(ringcall::sequence<std::string_view> ids) override {
    std::vector<std::string> all;
    for (const std::string_view id : ids) {
      if (id == "none") throw ringcall::failure(market::quote_error::closed, "none is closed");
      all.push_back(std::string(1, '<').append(id).append(">"));
    }
    return all;
  }

  market::order_id open(const market::person& owner, std::uint32_t lots) override {
    return static_cast<market::order_id>(owner.name.size() * 1000 + owner.age + lots + (owner.mail ? owner.mail->size() : 0));
  }

  std::vector<std::string> notes() override {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> notes_;
};

}  // namespace

void serve_market(ringcall::server& server) {
  static my_quotes quotes;
  market::serve(server, quotes);
}
