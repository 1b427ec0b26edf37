#pragma once
#include <ringcall/interface.hpp>

namespace bad {

enum class trouble : std::uint32_t { lost = 1 };

class RINGCALL_SERVICE oneway {
 public:
  RINGCALL_METHOD(1, oneway) virtual std::int32_t a() = 0;
  RINGCALL_METHOD(2, oneway) virtual ringcall::result<void, trouble> b() = 0;
  RINGCALL_METHOD(3, oneway, errors(trouble)) virtual void c() = 0;
  RINGCALL_METHOD(4, oneway, batch) virtual void d(std::span<const double> requests, std::span<double> answers) = 0;
  RINGCALL_METHOD(5, oneway, worker, deadline(1s)) virtual void fine(std::string_view line) = 0;
};

}  // namespace bad
