#include "served.hpp"
#include "attributes/attributes.ringcall.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace {

using attributes::pair;

class my_jobs final : public attributes::jobs {
 public:
  std::int32_t twice(std::int32_t value) override { return 2 * value; }
  std::int32_t quick(std::int32_t value) override { return value; }
  std::string slow(std::string_view text) override { return std::string(text); }
  std::int32_t block(std::int32_t ms) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return ms + counted_;
  }
  std::string block_text(std::string_view text) override { return std::string(text); }
  void tick() override { ++counted_; }
  void count(std::int32_t by) override { counted_ += by; }
  void log(std::string_view) override { ++counted_; }
  void move(pair by) override { counted_ += by.a + by.b; }
  void add_all(std::span<const pair> requests, std::span<std::int64_t> answers) override {
    for (std::size_t i = 0; i < requests.size(); ++i) answers[i] = std::int64_t{requests[i].a} + requests[i].b;
  }
  void swap_all(std::span<const pair> pairs, std::span<pair> swapped) override {
    for (std::size_t i = 0; i < pairs.size(); ++i) swapped[i] = {pairs[i].b, pairs[i].a};
  }

 private:
  std::atomic<std::int32_t> counted_ = 0;
};

}  // namespace

void serve_attributes(ringcall::server& server) {
  static my_jobs jobs;
  attributes::serve(server, jobs);
}
