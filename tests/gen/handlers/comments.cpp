#include "served.hpp"
#include "comments/comments.ringcall.hpp"

namespace {

class my_gauges final : public comments::gauges {
 public:
  comments::gauge read(std::uint32_t number) override { return {number, comments::seven, comments::level::low}; }
  void reset(std::uint32_t) override {}
  void undocumented() override {}
};

}  // namespace

void serve_comments(ringcall::server& server) {
  static my_gauges gauges;
  comments::serve(server, gauges);
}
