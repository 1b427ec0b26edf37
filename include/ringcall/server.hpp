#pragma once
// The server: register handlers, run.
//
//   int main() {
//     ringcall::server server{"calc"};
//     server.on<add_request, add_answer>(1, [](const add_request& r) { return add_answer{r.a + r.b}; });
//     return server.run();
//   }

#if __cplusplus < 202002L
#error "ringcall needs C++20: compile with -std=c++20"
#endif

#include "ringcall/caller.hpp"
#include "ringcall/error.hpp"
#include "ringcall/method.hpp"
#include "ringcall/options.hpp"
#include "ringcall/server_stats.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ringcall {

// Register everything, then run. Registration is not thread-safe and throws; stop is thread-safe, and safe in a signal handler.
//
// Handlers run on a loop thread (or a worker): with several loops or workers the same handler runs on several threads at once. A handler
// that throws gives its caller a failure; the channel lives. Requests arrive in private memory if they fit a slot; larger ones and dense
// batches of on_batch are seen in place, in memory that a hostile client may change while the handler runs: copy before you check.
class server {
 public:
  // name: a plain name (a socket in the user's runtime directory) or a path with '/'. Both are ignored in a process that ringcall.Start
  // launched: it serves its parent over the inherited descriptor.
  explicit server(std::string name, options o = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // Answer f(const Request&), both of fixed layout. Serves single calls and dense batches. Either may be void; of a
  // void Request there are no batches.
  template <record_or_void Request, record_or_void Answer, handler_of<Request> F>
  void on(std::uint16_t id, F f, placement where = on_loop) {
    add(id, make_method<Request, Answer>(std::move(f), where));
  }

  // void f(std::span<const std::byte>, answer&): any size in, any size out, up to options::request_arena and options::answer_arena.
  template <std::invocable<std::span<const std::byte>, answer&> F>
  void on_bytes(std::uint16_t id, F f, placement where = on_loop) {
    add(id, make_bytes_method(std::move(f), where));
  }

  // void f(std::span<const Request>, std::span<Answer>): both spans have the batch's length.
  template <record_type Request, record_type Answer, std::invocable<std::span<const Request>, std::span<Answer>> F>
  void on_batch(std::uint16_t id, F f, placement where = on_loop) {
    add(id, make_batch_method<Request, Answer>(std::move(f), where));
  }

  // Throws std::system_error(errc::duplicate_method) when id has a handler already.
  void add(std::uint16_t id, method m);

  // Has tell called with each client once its channel has ended, whichever way, and its last handler has returned, also those on workers: what
  // was kept for it can go. On a loop's thread, where all its other clients wait meanwhile. What it throws is logged.
  void on_gone(std::function<void(client_info)> tell);

  // For generated code: the server implements this service. Clients that know another description of it are sent this one, so that they can say
  // what differs. Throws std::system_error: errc::duplicate_service, errc::interface_too_large beyond 64 KiB in all.
  void describe(std::string_view service, std::uint64_t fingerprint, std::string_view description);

  // Serves until stop(), SIGTERM, SIGINT, or the parent's end; then answers what has been posted, closes and returns 0. Logs what is wrong
  // and returns 1 when it cannot start. The log goes to stderr; RINGCALL_LOG sets its level (trace, debug, info, warn, err, off; default
  // info, in a co-process warn). RINGCALL_HISTORY names a directory where every execution of a handler is recorded, RINGCALL_REQUESTS
  // a file for requests with their answers: both slow, for tools/campaign.
  int run();

  // What it has done so far: thread-safe, also while run() serves, which never waits for it; after run's end what it came to. Throws std::bad_alloc.
  server_stats stats() const;

  // Makes run() drain and return.
  void stop() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace ringcall
