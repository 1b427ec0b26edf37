#pragma once
#include <ringcall/interface.hpp>

namespace bad {

class RINGCALL_SERVICE ids {
 public:
  virtual ~ids() = default;
  RINGCALL_METHOD() virtual void none() = 0;
  virtual void unmarked() = 0;
  virtual void unmarked_default() {}
  RINGCALL_METHOD(idempotent) virtual void option_first() = 0;
  RINGCALL_METHOD(65536) virtual void large() = 0;
  RINGCALL_METHOD(99999999999999999999) virtual void huge() = 0;
  RINGCALL_METHOD(-1) virtual void negative() = 0;
  RINGCALL_METHOD(1) virtual void one() = 0;
  RINGCALL_METHOD(1) virtual void uno() = 0;
  RINGCALL_METHOD(0) virtual void zero() = 0;
  RINGCALL_METHOD(65535) virtual void last() = 0;
  std::int32_t helper() const { return 1; }
};

class RINGCALL_SERVICE more {
 public:
  RINGCALL_METHOD(1) virtual void again() = 0;
};

}  // namespace bad
