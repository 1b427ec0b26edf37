#include "open_client.hpp"

#include "observe/resolve.hpp"

namespace ringcall::load {

std::unique_ptr<client> open_client(const std::string& name) {
  const observe::address where = observe::resolve(name);
  if (where.coprocess) throw std::runtime_error(where.name + " is a co-process: it serves the program that started it and nobody else; start the server by itself to load it");
  return std::make_unique<client>(attach(where.socket));
}

}  // namespace ringcall::load
