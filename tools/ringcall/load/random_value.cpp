#include "random_value.hpp"

#include "ringcall/frame.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

namespace ringcall::load {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,-_";

class maker {
 public:
  maker(random_bits& random, std::size_t head_size, std::size_t size_max) : random_(random), size_max_(std::max(size_max, head_size)), frame_(head_size), end_(head_size) {}

  void put_fields(const std::vector<field>& fields, std::size_t at) {
    for (const field& f : fields) put(f.of, at + f.offset);
  }

  std::vector<std::byte> take(bool fixed) && {
    if (!fixed) frame_.resize(wire::padded(end_));
    return std::move(frame_);
  }

 private:
  void put(const type& t, std::size_t at) {
    switch (t.what) {
      case kind::number: return put_number(t.number, at);
      case kind::enumeration: return put_enumerator(*t.listed, at);
      case kind::record: return put_fields(t.structure->fields, at);
      case kind::array:
        for (std::uint32_t i = 0; i < t.count; ++i) put(*t.element, at + i * t.element->size);
        return;
      case kind::fixed_text: {
        const auto size = static_cast<std::uint16_t>(random_.below(t.count + 1));
        store(at, size);
        return put_letters(at + sizeof size, size);
      }
      case kind::text:
      case kind::bytes: return put_block(t.what, at);
      case kind::sequence: return put_sequence(*t.element, at);
      case kind::optional:
        if (random_.below(4) == 0) return;
        store(at, std::uint8_t{1});
        return put(*t.element, at + t.element->align);
    }
  }

  template <class T>
  void store(std::size_t at, T value) {
    std::memcpy(frame_.data() + at, &value, sizeof value);
  }

  void store_low(std::size_t at, std::uint64_t value, std::size_t size) { std::memcpy(frame_.data() + at, &value, size); }

  void put_number(scalar s, std::size_t at) {
    if (s == scalar::boolean) return store(at, static_cast<std::uint8_t>(random_.below(2)));
    if (s == scalar::f32) return store(at, static_cast<float>(real()));
    if (s == scalar::f64) return store(at, real());
    const std::uint64_t bits = 8 * size_of(s) - is_signed(s);
    std::uint64_t value = random_.next() >> (64 - 1 - random_.below(bits)); // 1 to bits of them
    if (is_signed(s) && random_.below(2) == 0) value = ~value;
    store_low(at, value, size_of(s));
  }

  double real() { return std::ldexp(static_cast<double>(static_cast<std::int64_t>(random_.next())), -63 + static_cast<int>(random_.below(40)) - 10); }

  void put_enumerator(const enumeration& e, std::size_t at) {
    if (!e.values.empty()) store_low(at, e.values[random_.below(e.values.size())].value, size_of(e.underlying));
  }

  void put_letters(std::size_t at, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) frame_[at + i] = static_cast<std::byte>(letters[random_.below(letters.size())]);
  }

  // Mostly few, at times up to 255, and what there is room for.
  std::uint32_t some(std::size_t stride) {
    const std::uint64_t wanted = random_.below(std::uint64_t{1} << random_.below(9));
    const std::size_t begin = wire::padded(end_);
    const std::size_t room = size_max_ > begin ? (size_max_ - begin) / wire::padded(stride) : 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, room));
  }

  std::size_t block(std::size_t size) {
    if (size == 0) return end_;
    const std::size_t begin = wire::padded(end_);
    end_ = begin + size;
    frame_.resize(end_);
    return begin;
  }

  void put_block(kind what, std::size_t at) {
    const std::uint32_t size = some(1);
    const std::size_t begin = block(size);
    if (what == kind::text) {
      put_letters(begin, size);
    } else {
      for (std::size_t i = 0; i < size; ++i) frame_[begin + i] = static_cast<std::byte>(random_.next());
    }
    store(at, wire::extent{size, size});
  }

  void put_sequence(const type& element, std::size_t at) {
    const std::uint32_t count = some(element.size);
    const std::size_t begin = block(std::size_t{count} * element.size);
    for (std::uint32_t i = 0; i < count; ++i) put(element, begin + std::size_t{i} * element.size);
    store(at, wire::extent{static_cast<std::uint32_t>(count == 0 ? 0 : end_ - begin), count});
  }

  random_bits& random_;
  std::size_t size_max_;
  std::vector<std::byte> frame_;
  std::size_t end_;
};

}  // namespace

std::vector<std::byte> random_request(const method& m, random_bits& random, std::size_t size_max) {
  maker make(random, m.request_size, size_max);
  make.put_fields(m.parameters, 0);
  return std::move(make).take(m.fixed_request());
}

std::vector<std::byte> random_bytes(std::size_t size, random_bits& random) {
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.next());
  return bytes;
}

}  // namespace ringcall::load
