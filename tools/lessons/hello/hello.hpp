#pragma once
#include <ringcall/interface.hpp>

namespace hello {

// The smallest service: a text goes in, a text comes out.
class RINGCALL_SERVICE greeter {
 public:
  virtual ~greeter() = default;

  // Prints text on the server's standard output and answers with a text of its own. Printing may block, so a worker thread does it.
  RINGCALL_METHOD(1, worker) virtual std::string hello(std::string_view text) = 0;
};

}  // namespace hello
