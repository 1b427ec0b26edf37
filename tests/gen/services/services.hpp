#pragma once
// Two services of one server, which share a method's name and a type.

#include <ringcall/interface.hpp>

namespace shop::inner {

struct item {
  std::uint64_t number;
  std::uint32_t count;
};

struct stock_request { // would be the name of what stock is called with
  std::uint32_t shelf;
};

class RINGCALL_SERVICE store {
 public:
  virtual ~store() = default;
  RINGCALL_METHOD(1) virtual std::uint32_t count(std::uint64_t number) = 0;
  RINGCALL_METHOD(2) virtual void put(const item& i) = 0;
  RINGCALL_METHOD(3) virtual std::string label(const item& i) = 0;
  RINGCALL_METHOD(4) virtual item stock(std::uint32_t shelf, std::uint32_t place) = 0;
  RINGCALL_METHOD(5) virtual item take(stock_request from) = 0;
};

class RINGCALL_SERVICE till {
 public:
  virtual ~till() = default;
  RINGCALL_METHOD(11) virtual std::uint64_t count(std::uint16_t drawer) = 0;
  RINGCALL_METHOD(12) virtual std::string label(std::string_view text) = 0;
  RINGCALL_METHOD(13) virtual void open() = 0;
};

}  // namespace shop::inner
