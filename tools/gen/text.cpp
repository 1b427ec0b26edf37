#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace ringcall::gen {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blank = " \t\r\f\v";
  const std::size_t first = line.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Takes the name off the text, which begins with its dollar sign.
std::string_view take_name(std::string_view& text) {
  text.remove_prefix(1);
  const bool enclosed = text.starts_with('(');
  if (enclosed) text.remove_prefix(1);
  const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name) - text.begin());
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(end + (enclosed ? 1 : 0));
  return name;
}

const std::string& value_of(std::string_view name, const values& with) {
  const auto found = with.find(name);
  if (found == with.end()) throw std::logic_error("a template of ringcall-gen asks for $" + std::string(name) + ", which has no value");
  return found->second;
}

std::string fill_line(std::string_view line, const values& with) {
  std::string out;
  while (!line.empty()) {
    const std::size_t dollar = std::min(line.find('$'), line.size());
    out += line.substr(0, dollar);
    line.remove_prefix(dollar);
    if (!line.empty()) out += value_of(take_name(line), with);
  }
  return out;
}

// What gofmt takes for more than words: a heading's mark, quotes made of two signs.
std::string plain_words(std::string_view line) {
  std::string words(trimmed(line));
  while (words.starts_with('#')) words.erase(0, 1);
  for (const std::string_view pair : {"``", "''"}) {
    for (std::size_t at = words.find(pair); at != std::string::npos; at = words.find(pair)) words.replace(at, 2, "\"");
  }
  return std::string(trimmed(words));
}

}  // namespace

std::string fill(std::string_view text, const values& with) {
  if (text.starts_with('\n')) text.remove_prefix(1);
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    std::string_view rest = trimmed(line);
    if (rest.starts_with('$')) {
      const std::string_view name = take_name(rest);
      if (rest.empty()) {
        out += indented(value_of(name, with), line.substr(0, line.find('$')));
        continue;
      }
    }
    out += fill_line(line, with) + '\n';
  }
  return out;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    if (!line.empty()) out.append(indent).append(line);
    out += '\n';
  }
  return out;
}

std::string comment(std::string_view doc) {
  std::string out;
  bool gap = false;
  for (const std::string_view line : lines_of(doc)) {
    const std::string words = plain_words(line);
    if (words.empty()) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += "//\n";
    gap = false;
    out += "// " + words + '\n';
  }
  return out;
}

std::string paragraphs(std::string_view first, std::string_view second) {
  if (first.empty() || second.empty()) return std::string(first) + std::string(second);
  return std::string(first) + "\n\n" + std::string(second);
}

std::string aligned(std::span<const row> rows) {
  std::string out;
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t end = first + 1;
    while (end < rows.size() && rows[end].doc.empty()) ++end;
    std::vector<std::size_t> widths;
    for (const row& r : rows.subspan(first, end - first)) {
      if (widths.size() < r.cells.size()) widths.resize(r.cells.size());
      for (std::size_t i = 0; i + 1 < r.cells.size(); ++i) widths[i] = std::max(widths[i], r.cells[i].size());
    }
    out += comment(rows[first].doc);
    for (; first < end; ++first) {
      const std::vector<std::string>& cells = rows[first].cells;
      for (std::size_t i = 0; i + 1 < cells.size(); ++i) out += cells[i] + std::string(widths[i] - cells[i].size() + 1, ' ');
      if (!cells.empty()) out += cells.back();
      out += '\n';
    }
  }
  return out;
}

std::string joined(std::span<const std::string> parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

std::string quoted(std::string_view text) {
  static constexpr char digits[] = "01234567";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte >= 0x20 && byte != 0x7f) {
      out += c; // bytes of UTF-8 stay as they are
    } else {
      out += {'\\', digits[byte >> 6], digits[byte >> 3 & 7], digits[byte & 7]}; // three octal digits: no more are taken for a part of it
    }
  }
  return out + '"';
}

}  // namespace ringcall::gen
