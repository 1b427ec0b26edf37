#pragma once

#include <ringcall/interface.hpp>

namespace scalars {

inline constexpr bool verbose = true;
inline constexpr std::int8_t lowest = -128;
inline constexpr unsigned long long highest = 18446744073709551615ull;
inline constexpr double third = 1.0 / 3;
inline constexpr float half = 0.5f;
inline constexpr char greeting[] = "say \"hi\"\tto\\all\n";
inline constexpr const char* umlaut = "Gr\u00fc\u00dfe";

enum class color : std::uint8_t { red, green, rouge = red };
enum class offset : std::int16_t { below = -1, level = 0, above = 1 };
enum class mask : std::uint64_t { none = 0, all = 0xffffffffffffffff };
enum class user_id : std::uint32_t {};

class RINGCALL_SERVICE scalars {
 public:
  virtual ~scalars() = default;
  RINGCALL_METHOD(1) virtual bool not_of(bool value) = 0;
  RINGCALL_METHOD(2) virtual std::int64_t sum(std::int8_t a, std::uint8_t b, std::int16_t c, std::uint16_t d, std::int32_t e, std::uint32_t f, std::int64_t g, std::uint64_t h) = 0;
  RINGCALL_METHOD(3) virtual double mean(float a, double b) = 0;
  RINGCALL_METHOD(4) virtual mask choose(color a, offset b, user_id c) = 0;
  RINGCALL_METHOD(5) virtual std::array<std::uint16_t, 3> reversed(const std::array<std::uint16_t, 3>& values) = 0;
  RINGCALL_METHOD(6) virtual void touch() = 0;
  RINGCALL_METHOD(7) virtual int answer() = 0;
  RINGCALL_METHOD(8) virtual void set(unsigned value, bool on, short step, long long far) = 0;
};

}  // namespace scalars
