#pragma once
// What a header that ringcall-gen reads includes: the marks of services and methods, and the types that it may use.
//
//   class RINGCALL_SERVICE quotes {
//    public:
//     virtual ~quotes() = default;
//     // Doc comment, carried over.
//     RINGCALL_METHOD(1, idempotent, deadline(5ms)) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;
//   };
//
// RINGCALL_METHOD(id, ...): the id, from 0 to 65535, stays the method's for good. Then, as wanted: idempotent (may run again after a failure of
// the transport), deadline(5ms) (for callers without one), oneway (nobody waits; returns void), batch, worker (may block), errors(enumeration)
// (what it throws as ringcall::failure).

#if __cplusplus < 202002L
#error "ringcall needs C++20: compile with -std=c++20"
#endif

#include "ringcall/error.hpp"
#include "ringcall/fixed_text.hpp"
#include "ringcall/result.hpp"
#include "ringcall/sequence.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// g++ would warn of an attribute that it does not know, so only the generator sees them.
#ifdef RINGCALL_GEN
#define RINGCALL_SERVICE [[clang::annotate("ringcall.service")]]
#define RINGCALL_METHOD(...) [[clang::annotate("ringcall.method:" #__VA_ARGS__)]]
#else
#define RINGCALL_SERVICE
#define RINGCALL_METHOD(...)
#endif
