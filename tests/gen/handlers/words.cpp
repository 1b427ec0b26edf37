#include "served.hpp"
#include "words/words.ringcall.hpp"

namespace {

class my_speaker final : public words::speaker, public words::read {
 public:
  std::uint32_t fixed(
      std::uint32_t chan, std::uint32_t defer, std::uint32_t fallthrough, std::uint32_t func, std::uint32_t go, std::uint32_t import,
      std::uint32_t interface, std::uint32_t map, std::uint32_t package, std::uint32_t range, std::uint32_t select, std::uint32_t type,
      std::uint32_t var, std::uint32_t any, std::uint32_t append, std::uint32_t byte, std::uint32_t cap, std::uint32_t clear, std::uint32_t close,
      std::uint32_t complex, std::uint32_t complex64, std::uint32_t copy, std::uint32_t error, std::uint32_t imag, std::uint32_t int8,
      std::uint32_t int16, std::uint32_t uint8, std::uint32_t uint, std::uint32_t iota, std::uint32_t len, std::uint32_t make, std::uint32_t max,
      std::uint32_t min, std::uint32_t nil, std::uint32_t panic, std::uint32_t print, std::uint32_t println, std::uint32_t real,
      std::uint32_t recover, std::uint32_t rune, std::uint32_t string, std::uint32_t float32, std::uint32_t float64, std::uint32_t uintptr,
      std::uint32_t atomic, std::uint32_t context, std::uint32_t ctx, std::uint32_t errors, std::uint32_t exec, std::uint32_t fmt, std::uint32_t maps,
      std::uint32_t math, std::uint32_t ringcall, std::uint32_t slices, std::uint32_t strconv, std::uint32_t structs, std::uint32_t sync,
      std::uint32_t time, std::uint32_t unsafe, std::uint32_t wire, std::uint32_t answer, std::uint32_t result, std::uint32_t err,
      std::uint32_t failure, std::uint32_t frame, std::uint32_t message, std::uint32_t pending, std::uint32_t posted, std::uint32_t view,
      std::uint32_t shown, std::uint32_t values, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d, std::uint32_t e, std::uint32_t f,
      std::uint32_t i, std::uint32_t j, std::uint32_t k, std::uint32_t p, std::uint32_t r, std::uint32_t v, std::uint32_t w, std::uint32_t x,
      std::uint32_t size, std::uint32_t total, std::uint32_t bytes, std::uint32_t writer, std::uint32_t index, std::uint32_t first,
      std::uint32_t mark, std::uint32_t count, std::uint32_t scope, std::uint32_t at, std::uint32_t b_arg, std::uint32_t type_arg,
      std::uint32_t request, std::uint32_t requests, std::uint32_t answers, std::uint32_t capacity, std::uint32_t client, std::uint32_t fake,
      std::uint32_t run, std::uint32_t method, std::uint32_t out, std::uint32_t Handler, std::uint32_t Service, std::uint32_t size_text,
      std::uint32_t put_text, std::uint32_t read_text, std::uint32_t show_text, std::uint32_t text_pending, std::uint32_t speaker_text,
      std::uint32_t speaker_done, std::uint32_t speaker_done_empty, std::uint32_t speaker_description, std::uint32_t error_of,
      std::uint32_t text_request, std::uint32_t frame_text, std::uint32_t normalise) override {
    const std::uint32_t all[] = {
        chan, defer, fallthrough, func, go, import, interface, map, package, range, select, type, var, any, append, byte, cap, clear, close,
        complex, complex64, copy, error, imag, int8, int16, uint8, uint, iota, len, make, max, min, nil, panic, print, println, real, recover,
        rune, string, float32, float64, uintptr, atomic, context, ctx, errors, exec, fmt, maps, math, ringcall, slices, strconv, structs, sync,
        time, unsafe, wire, answer, result, err, failure, frame, message, pending, posted, view, shown, values, a, b, c, d, e, f, i, j, k, p, r,
        v, w, x, size, total, bytes, writer, index, first, mark, count, scope, at, b_arg, type_arg, request, requests, answers, capacity, client,
        fake, run, method, out, Handler, Service, size_text, put_text, read_text, show_text, text_pending, speaker_text, speaker_done,
        speaker_done_empty, speaker_description, error_of, text_request, frame_text, normalise};
    std::uint32_t sum = 0, place = 0;
    for (const std::uint32_t value : all) sum += value * ++place;
    return sum;
  }
  std::string text(
      std::string_view chan, std::string_view defer, std::string_view fallthrough, std::string_view func, std::string_view go,
      std::string_view import, std::string_view interface, std::string_view map, std::string_view package, std::string_view range,
      std::string_view select, std::string_view type, std::string_view var, std::string_view any, std::string_view append, std::string_view byte,
      std::string_view cap, std::string_view clear, std::string_view close, std::string_view complex, std::string_view complex64,
      std::string_view copy, std::string_view error, std::string_view imag, std::string_view int8, std::string_view int16, std::string_view uint8,
      std::string_view uint, std::string_view iota, std::string_view len, std::string_view make, std::string_view max, std::string_view min,
      std::string_view nil, std::string_view panic, std::string_view print, std::string_view println, std::string_view real, std::string_view recover,
      std::string_view rune, std::string_view string, std::string_view float32, std::string_view float64, std::string_view uintptr,
      std::string_view atomic, std::string_view context, std::string_view ctx, std::string_view errors, std::string_view exec, std::string_view fmt,
      std::string_view maps, std::string_view math, std::string_view ringcall, std::string_view slices, std::string_view strconv,
      std::string_view structs, std::string_view sync, std::string_view time, std::string_view unsafe, std::string_view wire, std::string_view answer,
      std::string_view result, std::string_view err, std::string_view failure, std::string_view frame, std::string_view message,
      std::string_view pending, std::string_view posted, std::string_view view, std::string_view shown, std::string_view values, std::string_view a,
      std::string_view b, std::string_view c, std::string_view d, std::string_view e, std::string_view f, std::string_view i, std::string_view j,
      std::string_view k, std::string_view p, std::string_view r, std::string_view v, std::string_view w, std::string_view x, std::string_view size,
      std::string_view total, std::string_view bytes, std::string_view writer, std::string_view index, std::string_view first, std::string_view mark,
      std::string_view count, std::string_view scope, std::string_view at, std::string_view b_arg, std::string_view type_arg,
      std::string_view request, std::string_view requests, std::string_view answers, std::string_view capacity, std::string_view client,
      std::string_view fake, std::string_view run, std::string_view method, std::string_view out, std::string_view Handler, std::string_view Service,
      std::string_view size_text, std::string_view put_text, std::string_view read_text, std::string_view show_text, std::string_view text_pending,
      std::string_view speaker_text, std::string_view speaker_done, std::string_view speaker_done_empty, std::string_view speaker_description,
      std::string_view error_of, std::string_view text_request, std::string_view frame_text, std::string_view normalise) override {
    const std::string_view all[] = {
        chan, defer, fallthrough, func, go, import, interface, map, package, range, select, type, var, any, append, byte, cap, clear, close,
        complex, complex64, copy, error, imag, int8, int16, uint8, uint, iota, len, make, max, min, nil, panic, print, println, real, recover,
        rune, string, float32, float64, uintptr, atomic, context, ctx, errors, exec, fmt, maps, math, ringcall, slices, strconv, structs, sync,
        time, unsafe, wire, answer, result, err, failure, frame, message, pending, posted, view, shown, values, a, b, c, d, e, f, i, j, k, p, r,
        v, w, x, size, total, bytes, writer, index, first, mark, count, scope, at, b_arg, type_arg, request, requests, answers, capacity, client,
        fake, run, method, out, Handler, Service, size_text, put_text, read_text, show_text, text_pending, speaker_text, speaker_done,
        speaker_done_empty, speaker_description, error_of, text_request, frame_text, normalise};
    std::string joined;
    for (const std::string_view value : all) joined.append(value).append(" ");
    return joined;
  }
  words::string fields(const words::string& string) override { return string; }
  words::range texts(const words::range& range) override { return range; }
  std::uint32_t close(std::uint32_t close) override { return close + 10; }
  std::uint32_t client(std::uint32_t client) override { return client + 11; }
  std::uint32_t calls(std::uint32_t calls) override { return calls + 12; }
  std::uint32_t type(std::uint32_t type) override { return type + 13; }
  std::uint32_t string(std::uint32_t string) override { return string + 14; }
  std::uint32_t error(std::uint32_t error) override { return error + 15; }
  std::uint32_t len(std::uint32_t len) override { return len + 16; }
  std::uint32_t ringcall(std::uint32_t ringcall) override { return ringcall + 17; }
  std::uint32_t wire(std::uint32_t wire) override { return wire + 18; }
  std::uint32_t read_byte(std::uint32_t read_byte) override { return read_byte + 19; }
  std::string all(std::string_view read_all) override { return std::string(read_all); }
  std::uint32_t done(std::uint32_t read_done) override { return read_done; }
};

}  // namespace

void serve_words(ringcall::server& server) {
  static my_speaker speaker;
  words::serve<words::speaker>(server, speaker);
  words::serve<words::read>(server, speaker);
}
