#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct node {
  const char* name;
  void* context;
  node* next;
  int (*compare)(int, int);
  int node::*member;
};

class RINGCALL_SERVICE pointers {
 public:
  RINGCALL_METHOD(1) virtual void take(const node& n) = 0;
  RINGCALL_METHOD(2) virtual std::int32_t sum(const std::int32_t* values, std::int32_t count) = 0;
  RINGCALL_METHOD(3) virtual std::int32_t total(std::int32_t values[4]) = 0;
  RINGCALL_METHOD(4) virtual const char* name() = 0;
  RINGCALL_METHOD(5) virtual void all(std::span<const std::int32_t*> values, std::optional<char*> text) = 0;
};

}  // namespace bad
