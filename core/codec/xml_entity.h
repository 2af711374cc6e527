// The characters that XML writes as "&lt;" and "&#60;".
#pragma once

#include <string_view>

#include "base/secret.h"

namespace hlid {

// Appends what the text between '&' and ';' stands for. False if it is not one of the five that XML knows without a
// document type, nor the number of a character that XML may hold.
bool append_xml_entity(Secret& out, std::string_view entity);

}  // namespace hlid
