#pragma once
#include <ringcall/interface.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <tuple>
#include <variant>

namespace bad {

template <class T>
struct pair_of {
  T first, second;
};

class RINGCALL_SERVICE templates {
 public:
  RINGCALL_METHOD(1) virtual void a(std::pair<std::int32_t, std::int32_t> p) = 0;
  RINGCALL_METHOD(2) virtual void b(const std::map<std::int32_t, std::int32_t>& p) = 0;
  RINGCALL_METHOD(3) virtual std::unique_ptr<std::int32_t> c() = 0;
  RINGCALL_METHOD(4) virtual void d(std::chrono::milliseconds wait) = 0;
  RINGCALL_METHOD(5) virtual void e(pair_of<std::int32_t> p) = 0;
  RINGCALL_METHOD(6) virtual void f(std::variant<std::int32_t, float> p, std::tuple<std::int32_t> q) = 0;
  RINGCALL_METHOD(7) virtual void g(std::function<void()> done) = 0;
  RINGCALL_METHOD(8) virtual void h(std::wstring_view p, std::u8string_view q) = 0;
  RINGCALL_METHOD(9) virtual std::pmr::string i() = 0;
  RINGCALL_METHOD(10) virtual std::pmr::vector<std::int32_t> j() = 0;
  RINGCALL_METHOD(11) virtual void k(const std::filesystem::path& p) = 0;
  RINGCALL_METHOD(12) virtual void l(std::optional<std::optional<std::int32_t>> p) = 0;
  RINGCALL_METHOD(13) virtual void m(std::span<const std::int32_t, 4> p) = 0;
  RINGCALL_METHOD(14) virtual void n(std::optional<ringcall::result<std::int32_t, std::errc>> p) = 0;
};

}  // namespace bad
