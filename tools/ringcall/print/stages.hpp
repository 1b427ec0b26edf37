#pragma once
// The stages' names and colours: one word and one letter for each, everywhere.

#include "ringcall/stats.h"

#include <array>

namespace ringcall::tool {

struct stage_look {
  const char* name;   // for people
  const char* key;    // in JSON
  char letter;        // in bars; 0: not a part of them
  int colour;         // of xterm's 256, the nearest to Okabe and Ito's
};

// By ringcall_stage.
inline constexpr std::array<stage_look, RINGCALL_STAGES> stages{{
    {"total", "total", 0, 0},
    {"queue", "queue", 'q', 74},              // sky blue
    {"server wake", "server_wake", 'w', 167}, // vermillion
    {"handler", "handler", 'h', 36},          // bluish green
    {"response", "response", 'r', 179},       // orange
    {"client wake", "client_wake", 'c', 175}, // reddish purple
}};

}  // namespace ringcall::tool
