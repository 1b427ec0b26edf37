#include "served.hpp"
#include "names/names.ringcall.hpp"

namespace {

class my_keeper final : public names::keeper {
 public:
  std::uint32_t add(std::uint32_t type, std::uint32_t func, std::uint32_t ctx, std::uint32_t len, std::uint32_t string) override { return type + func + ctx + len + string; }
  std::uint32_t clash(std::uint32_t c, std::uint32_t answer, std::uint32_t err, std::uint32_t request, std::uint32_t k) override { return c + answer + err + request + k; }
  std::string clash_text(std::string_view frame, std::string_view err, std::string_view answer, std::string_view view, std::string_view pending, std::string_view b, std::string_view w,
                         std::string_view size, std::string_view out, std::string_view handler, std::string_view server) override {
    std::string all;
    for (const std::string_view part : {frame, err, answer, view, pending, b, w, size, out, handler, server}) all += part;
    return all;
  }
  std::vector<std::string> clash_loop(ringcall::sequence<std::string_view> i, ringcall::sequence<std::string_view> j, ringcall::sequence<std::string_view> first,
                                      ringcall::sequence<ringcall::sequence<std::string_view>> mark) override {
    std::vector<std::string> all;
    for (const auto& list : {i, j, first}) {
      for (const std::string_view word : list) all.emplace_back(word);
    }
    for (const auto list : mark) {
      for (const std::string_view word : list) all.emplace_back(word);
    }
    return all;
  }
  names::user_id http_get_url(names::http_status, names::user_id user_id) override { return user_id; }
  names::func wire(const names::func& time) override { return time; }
  names::reading range(const names::reading& r) override { return r; }
  names::iface select(const names::iface& i) override { return i; }
  ringcall::fixed_text<9> text9(ringcall::fixed_text<9> text) override { return text; }
};

}  // namespace

void serve_names(ringcall::server& server) {
  static my_keeper keeper;
  names::serve(server, keeper);
}
