#pragma once
// Handlers for the services of the goldens: they prove that the wanted C++ compiles, and that the wanted Go is understood.

#include <ringcall/server.hpp>

#define GEN_FEATURES(X) \
  X(attributes) X(comments) X(errors) X(market) X(messages) X(names) X(optionals) X(padding) X(records) X(scalars) X(sequences) X(services) X(shared) X(texts) X(together) X(words)

#define DECLARE(feature) void serve_##feature(ringcall::server& server);
GEN_FEATURES(DECLARE)
#undef DECLARE
