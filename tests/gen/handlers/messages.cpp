#include "served.hpp"
#include "messages/messages.ringcall.hpp"

namespace {

messages::summary summary_of(const messages::person& who) {
  messages::summary s;
  s.text = who.name;
  for (const std::string_view nickname : who.nicknames) s.words.emplace_back(nickname);
  for (const messages::address& home : who.homes) s.words.emplace_back(home.street);
  s.places.assign(who.visited.begin(), who.visited.end());
  if (who.work) s.street = std::string(who.work->street);
  s.size = who.picture.size() + who.age + (who.active ? 1000 : 0) + who.code[2];
  return s;
}

class my_people final : public messages::people {
 public:
  messages::summary sum_up(const messages::person& who) override { return summary_of(who); }

  // Views go back as they came.
  messages::person echo(const messages::person& who) override { return who; }

  std::vector<messages::summary> all(ringcall::sequence<messages::person> people, std::uint32_t from) override {
    std::vector<messages::summary> summaries;
    for (const messages::person& who : people) {
      if (from == 0) summaries.push_back(summary_of(who));
      if (from > 0) --from;
    }
    return summaries;
  }

  std::optional<messages::summary> first(ringcall::sequence<messages::person> people) override {
    if (people.empty()) return std::nullopt;
    return summary_of(*people.begin());
  }
};

}  // namespace

void serve_messages(ringcall::server& server) {
  static my_people people;
  messages::serve(server, people);
}
