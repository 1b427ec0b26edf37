#pragma once
// The C++ side of an interface: what a server includes beside its header.

#include "model.hpp"

#include <string>
#include <string_view>

namespace ringcall::gen {

std::string emit_cpp(const interface& i);

// Its parts. The layout: static_asserts, codecs of messages, offsets of bools, and structs of parameters, each ready to stand at the top level.
std::string cpp_layout(const interface& i);

// static_asserts that these are as the header had them.
std::string cpp_enumeration_types(const enumeration& e);
std::string cpp_field_types(const record& r);
std::string cpp_method_types(const service& s);

// quotes_add_request
std::string cpp_request_name(const service& s, const method& m);

// The parameter's name, or one made up for it.
std::string cpp_parameter(const method& m, std::size_t index);

// a::b, of the namespaces and one more.
std::string cpp_namespace(const interface& i, std::string_view inner = {});

}  // namespace ringcall::gen
