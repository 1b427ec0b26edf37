#include "captures.hpp"

namespace ringcall {

bool captures::prepare() {
  if (!reclaim()) return false; // the memory of one at a time
  if (!made_) made_ = std::make_shared<capture_file>(loops_, wanted_);
  if (!made_->prepare()) return false;
  give_(made_);
  given_ = true;
  return true;
}

void captures::end() noexcept {
  if (given_) {
    give_(nullptr);
    ended_ = std::move(made_); // there was none: prepare has seen to that
  }
  made_.reset();
  given_ = false;
  wanted_ = 0;
}

bool captures::reclaim() noexcept {
  if (ended_.use_count() == 1) ended_.reset();
  return !ended_;
}

}  // namespace ringcall
