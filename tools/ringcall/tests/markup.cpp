#include "markup.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringcall::tool::test {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == ':'; }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

class parser {
 public:
  explicit parser(std::string_view page) : page_(page) {}

  std::vector<element> parse() {
    check_characters();
    if (page_.substr(0, 10) == "<!DOCTYPE ") at_ = page_.find('>') + 1;
    while (at_ < page_.size()) {
      if (page_[at_] != '<') text();
      else if (peek("</")) end_tag();
      else start_tag();
    }
    if (!open_.empty()) fail("<" + all_[open_.back()].name + "> is not closed");
    return std::move(all_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(why + ", at byte " + std::to_string(at_) + ": " + std::string(page_.substr(at_ < 60 ? 0 : at_ - 60, 120)));
  }
  bool peek(std::string_view what) const { return page_.substr(at_, what.size()) == what; }
  void expect(char c) {
    if (at_ >= page_.size() || page_[at_] != c) fail(std::string("expected '") + c + "'");
    ++at_;
  }
  void spaces() {
    while (at_ < page_.size() && is_space(page_[at_])) ++at_;
  }
  std::string name() {
    const std::size_t from = at_;
    while (at_ < page_.size() && is_name(page_[at_])) ++at_;
    if (at_ == from) fail("expected a name");
    return std::string(page_.substr(from, at_ - from));
  }

  void check_characters() {
    for (at_ = 0; at_ < page_.size();) {
      const auto c = static_cast<unsigned char>(page_[at_]);
      const std::size_t size = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
      if (size == 0 || at_ + size > page_.size() || (c < 0x20 && !is_space(page_[at_]))) fail("a character that may not be");
      for (std::size_t i = 1; i < size; ++i) {
        if ((static_cast<unsigned char>(page_[at_ + i]) & 0xc0) != 0x80) fail("no UTF-8");
      }
      at_ += size;
    }
    at_ = 0;
  }
  void check_entities(std::string_view text) const {
    for (std::size_t i = text.find('&'); i != std::string_view::npos; i = text.find('&', i + 1)) {
      const std::string_view rest = text.substr(i);
      if (std::none_of(std::begin(entities), std::end(entities), [&](std::string_view e) { return rest.starts_with(e); })) fail("a stray &");
    }
  }

  void text() {
    const std::size_t end = std::min(page_.find('<', at_), page_.size());
    const std::string_view found = page_.substr(at_, end - at_);
    check_entities(found);
    if (!open_.empty()) all_[open_.back()].text += found;
    else if (!std::all_of(found.begin(), found.end(), is_space)) fail("text outside of all elements");
    at_ = end;
  }
  void start_tag() {
    expect('<');
    element e;
    e.name = name();
    for (spaces(); at_ < page_.size() && is_name(page_[at_]); spaces()) {
      const std::string key = name();
      expect('=');
      expect('"');
      const std::size_t end = page_.find('"', at_);
      if (end == std::string_view::npos) fail("an attribute that does not end");
      const std::string value(page_.substr(at_, end - at_));
      check_entities(value);
      if (value.find('<') != std::string::npos) fail("a < in an attribute");
      if (std::any_of(e.attributes.begin(), e.attributes.end(), [&](const auto& a) { return a.first == key; })) fail("an attribute twice");
      e.attributes.emplace_back(key, value);
      at_ = end + 1;
    }
    const bool closed = peek("/");
    if (closed) ++at_;
    expect('>');
    all_.push_back(std::move(e));
    if (!closed) open_.push_back(all_.size() - 1);
  }
  void end_tag() {
    at_ += 2;
    const std::string closed = name();
    expect('>');
    if (open_.empty() || all_[open_.back()].name != closed) fail("</" + closed + "> closes nothing that is open");
    open_.pop_back();
  }

  static constexpr std::string_view entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  std::string_view page_;
  std::size_t at_ = 0;
  std::vector<element> all_;
  std::vector<std::size_t> open_;
};

}  // namespace

std::string element::attribute(const std::string& wanted) const {
  for (const auto& [key, value] : attributes) {
    if (key == wanted) return value;
  }
  return {};
}

std::vector<element> parse_markup(std::string_view page) { return parser(page).parse(); }

}  // namespace ringcall::tool::test
