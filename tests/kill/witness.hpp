#pragma once
// The server that outlives its clients, and the clients that are not to notice another one's death.

#include "processes.hpp"

#include <string>
#include <vector>

namespace ringcall::kill {

class witness {
 public:
  witness();
  std::string path() const { return directory_ / "s"; }

  // After a client's death: what is wrong is added to violations.
  void judge(const std::string& where, std::vector<std::string>& violations);

 private:
  std::string newcomer();
  holdings settled();

  test::temporary_directory directory_;
  server_process server_;
  test::client bystander_;
  holdings base_;
  std::uint64_t patience_ns_ = 20'000'000'000; // for a busy machine to end what is to end; less once the server has kept something
  std::size_t complaints_ = 0;
};

}  // namespace ringcall::kill
