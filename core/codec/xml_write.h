// XML out, in the form that Canonical XML gives to text and values of attributes.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace hlid {

// Whether XML 1.0 can carry these characters (2.2); control characters and U+FFFE cannot be escaped either. Valid UTF-8.
bool is_xml_text(std::string_view text);

// Escapes what Canonical XML escapes, and nothing else (Canonical XML 1.0, 2.3).
void append_xml_text(Secret& out, std::string_view text);
void append_xml_attribute(Secret& out, std::string_view value);

}  // namespace hlid
