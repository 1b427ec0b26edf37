#pragma once
// Names that mean something else in Go, or that the generated code would like for itself.

#include <ringcall/interface.hpp>

namespace names {

inline constexpr std::uint32_t MAX_HTTP_RETRIES = 3;

enum class http_status : std::uint16_t { HTTP_STATUS_OK = 200, kNotFound = 404, moved_permanently = 301 };
enum class user_id : std::uint64_t {};

struct func { // a keyword in Go, once its name is in small letters
  std::uint32_t type, range_;
  std::uint64_t user_id;
};

struct reading { // receivers r and w are the reader and the writer
  std::string_view url;
  std::uint32_t cpu_id;
};

struct iface { // its first two letters are a keyword
  std::string_view jsonText;
  ringcall::sequence<std::string_view> w;
};

class RINGCALL_SERVICE keeper {
 public:
  virtual ~keeper() = default;
  RINGCALL_METHOD(1) virtual std::uint32_t add(std::uint32_t type, std::uint32_t func, std::uint32_t ctx, std::uint32_t len, std::uint32_t string) = 0;
  RINGCALL_METHOD(2) virtual std::uint32_t clash(std::uint32_t c, std::uint32_t answer, std::uint32_t err, std::uint32_t request, std::uint32_t k) = 0;
  RINGCALL_METHOD(3) virtual std::string clash_text(std::string_view frame, std::string_view err, std::string_view answer, std::string_view view, std::string_view pending, std::string_view b,
                                                    std::string_view w, std::string_view size, std::string_view out, std::string_view handler, std::string_view server) = 0;
  RINGCALL_METHOD(4) virtual std::vector<std::string> clash_loop(ringcall::sequence<std::string_view> i, ringcall::sequence<std::string_view> j, ringcall::sequence<std::string_view> first,
                                                                 ringcall::sequence<ringcall::sequence<std::string_view>> mark) = 0;
  RINGCALL_METHOD(5) virtual user_id http_get_url(http_status status, user_id user_id) = 0;
  RINGCALL_METHOD(6) virtual func wire(const func& time) = 0;
  RINGCALL_METHOD(7) virtual reading range(const reading& r) = 0;
  RINGCALL_METHOD(8) virtual iface select(const iface& i) = 0;
  RINGCALL_METHOD(9) virtual ringcall::fixed_text<9> text9(ringcall::fixed_text<9> text) = 0;
};

}  // namespace names
