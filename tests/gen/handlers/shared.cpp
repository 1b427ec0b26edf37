#include "served.hpp"
#include "shared/other.ringcall.hpp"
#include "shared/shared.ringcall.hpp"

namespace {

// Services of two headers, in one class.
class my_labels final : public shared::labels, public shared::tags {
 public:
  ringcall::fixed_text<7> shout(shared::label what) override { return std::string(std::string_view(what.text)).append("!"); }
  std::uint32_t length(ringcall::fixed_text<7> tag, ringcall::fixed_text<3> mark) override {
    return static_cast<std::uint32_t>(std::string_view(tag).size() * 10 + std::string_view(mark).size());
  }
};

}  // namespace

void serve_shared(ringcall::server& server) {
  static my_labels labels;
  shared::serve<shared::labels>(server, labels);
  shared::serve<shared::tags>(server, labels);
}
