#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct quote {
  double price;
};
struct named {
  std::string_view name;
};

class RINGCALL_SERVICE batch {
 public:
  RINGCALL_METHOD(1, batch) virtual void a(std::span<const quote> requests) = 0;
  RINGCALL_METHOD(2, batch) virtual double b(std::span<const quote> requests, std::span<double> answers) = 0;
  RINGCALL_METHOD(3, batch) virtual void c(std::span<quote> requests, std::span<double> answers) = 0;
  RINGCALL_METHOD(4, batch) virtual void d(std::span<const quote> requests, std::span<const double> answers) = 0;
  RINGCALL_METHOD(5, batch) virtual void e(const quote& request, double& answer) = 0;
  RINGCALL_METHOD(6, batch) virtual void f(ringcall::sequence<named> requests, std::span<double> answers) = 0;
  RINGCALL_METHOD(7, batch) virtual void g(std::span<const named> requests, std::span<std::string> answers) = 0;
  RINGCALL_METHOD(8, batch) virtual void h(const std::vector<quote>& requests, std::vector<double>& answers) = 0;
  RINGCALL_METHOD(9, batch) virtual void fine(const std::span<const std::array<double, 3>>& requests, std::span<quote> answers) = 0;
};

}  // namespace bad
