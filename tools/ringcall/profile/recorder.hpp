// Reads a server's statistics for a while and makes a recording of them. Has no clock of its own: who calls it says when it is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "observe/samples.hpp"
#include "observe/snapshot.hpp"
#include "profile/recording.hpp"

namespace ringcall::profile {

// As many calls as there is room for, evenly thinned; and apart from that the slowest of all.
class call_store {
 public:
  explicit call_store(std::size_t room = 1 << 17, std::size_t slowest = 100) : room_(room), slowest_room_(slowest) {}
  void add(const call& c);
  void move_into(recording& r);

 private:
  std::size_t room_;
  std::size_t slowest_room_;
  std::uint64_t every_ = 1, seen_ = 0;
  std::vector<call> calls_;
  std::vector<call> slowest_; // a heap, the fastest of them at its front
};

class recorder {
 public:
  // Only methods with the filter in their names count; empty: all. The view must outlive this.
  recorder(const observe::stats_view& view, std::string filter, std::uint64_t now);

  // New samples, and whether the server's loops go on: often, about each 10 ms. How many samples there were. stopped: the process is, by a signal or a debugger.
  std::size_t poll(std::uint64_t now, bool stopped = false);
  // A slice ends here and the next begins.
  void end_slice(std::uint64_t now);
  // Ends the last slice too. Names, host and what was asked for are the caller's to fill in. Once.
  recording finish(std::uint64_t now);

  std::uint64_t calls() const { return calls_; } // until the last slice's end
  std::uint64_t samples() const { return samples_; }
  std::uint64_t missed() const { return reader_.lost(); }

 private:
  // Of a loop, as it was seen last.
  struct pulse {
    std::uint64_t beat = 0;
    bool slept = false;
    int looks = 0; // since this beat
    std::uint64_t stopped_from = 0, stopped_to = 0; // since this beat; 0: never
  };
  struct followed {
    ringcall_channel_stats first;
    ringcall_channel_stats last;
  };

  void look_at(std::uint32_t loop, std::uint64_t now, bool stopped, bool is_end);
  void follow_channels(const observe::snapshot& seen, bool is_first);
  void take_over(const observe::snapshot& difference, recording& r) const;
  void take_over_channels(const observe::snapshot& last, recording& r) const;

  const observe::stats_view& view_;
  std::string filter_;
  std::uint64_t start_;
  observe::snapshot first_, latest_;
  observe::sample_reader reader_;
  std::vector<int> index_; // of a method in the recording; -1: it does not count
  std::vector<pulse> pulses_;
  std::map<std::uint64_t, followed> channels_; // by id
  std::vector<slice> slices_;
  std::vector<stillness> still_;
  std::vector<observe::sample> read_; // reused
  call_store kept_;
  std::uint64_t calls_ = 0, samples_ = 0;
};

}  // namespace ringcall::profile
