// Every flow by its name, and all descriptions as one JSON text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/spec.h"

namespace hlid {

// The catalogue of these flows: what docs, CLI and bindings are generated from.
std::string write_catalogue(std::span<const FlowSpec* const> flows, std::span<const ResultSpec* const> more_results = {});

}  // namespace hlid
