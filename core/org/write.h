// XML out, as Salesforce's tools write it: four spaces a level, one element a line.
#pragma once

#include <string>
#include <string_view>

#include "org/xml.h"

namespace hlid::org {

// With the declaration and, where the root has none of its own, the namespace of the Metadata API. What a file had besides
// elements and text (comments, other attributes) is not written.
std::string write_document(const Element& root);

Element make_element(std::string_view name, std::string_view text);

}  // namespace hlid::org
