#pragma once
// The calls of marks.hpp, made with the test client: as the victim, or as the survivor who tells how each call ended.

#include "client.hpp"
#include "marks.hpp"

#include <functional>
#include <optional>

namespace ringcall::kill {

enum class outcome { not_posted, answered, wrong, may_have_run, never_started, hung };

struct outcomes {
  std::array<outcome, calls> of{};
  std::string trouble;               // what ended the script otherwise than by an answer or the server's end
  std::uint64_t over_ns = 0;         // CLOCK_MONOTONIC when each call had its outcome; 0: the server did not end before the script
  // What the server's own words in the segment say, once it has ended.
  std::uint64_t posted = 0, taken = 0, counted_calls = 0, counted_answers = 0, delivered = 0;
  bool attached = false;
};

class script {
 public:
  // before is called before each phase, by the thread that runs the script.
  script(std::string path, std::function<void(int)> before) : path_(std::move(path)), before_(std::move(before)) {}

  // Never throws. Ends early when the server ends.
  outcomes run();

 private:
  struct pending {
    std::uint64_t position;
    std::uint16_t id;
    std::uint32_t call, count; // count of a batch, else 0
    std::uint16_t method;
  };

  void make_calls();
  void put_one(std::uint16_t method, std::uint32_t call);
  void put_echo(std::uint32_t call);
  void put_batch(std::uint32_t call, std::uint32_t count);
  void note(std::uint16_t method, std::uint32_t call, std::uint32_t count);
  void await();
  bool deliver();
  void sleep();
  void tell_fates();
  bool right(const pending& p, const test::reply& r) const;
  void set(const pending& p, outcome o);

  std::string path_;
  std::function<void(int)> before_;
  std::optional<test::client> client_;
  std::vector<pending> pending_;
  outcomes result_;
  bool lost_ = false, hung_ = false;
};

}  // namespace ringcall::kill
