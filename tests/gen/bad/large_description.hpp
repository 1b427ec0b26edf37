#pragma once
#include <ringcall/interface.hpp>

#define FIELD(x) std::uint8_t x##0, x##1, x##2, x##3, x##4, x##5, x##6, x##7, x##8, x##9;
#define FIELDS(x) FIELD(x##0) FIELD(x##1) FIELD(x##2) FIELD(x##3) FIELD(x##4) FIELD(x##5) FIELD(x##6) FIELD(x##7) FIELD(x##8) FIELD(x##9)

namespace bad {

struct many_fields {
  FIELDS(a) FIELDS(b) FIELDS(c) FIELDS(d) FIELDS(e) FIELDS(f) FIELDS(g) FIELDS(h) FIELDS(i) FIELDS(j)
  FIELDS(k) FIELDS(l) FIELDS(m) FIELDS(n) FIELDS(o) FIELDS(p) FIELDS(q) FIELDS(r) FIELDS(s) FIELDS(t)
};

class RINGCALL_SERVICE large_description {
 public:
  RINGCALL_METHOD(1) virtual void take(const many_fields& m) = 0;
};

}  // namespace bad
