// pasted.h: what editors, shells and other systems leave in a text that a person typed or pasted.
#pragma once

#include <string>

#include "cli/secret.h"

namespace hlid_cli {

// Leaves out a byte order mark in front. Throws UsageError for UTF-16, UTF-32 and a NUL, saying which: `what`
// ("--password-file") names the text, which is never repeated; `field` is what the catalogue calls it.
void take_as_text(Secret& text, const std::string& what, const std::string& field = {});
std::string taken_as_text(const std::string& text, const std::string& what);

// The same for a variable of the environment, where a carriage return at the end is what a file with Windows line
// ends leaves.
void take_variable_as_text(Secret& text, const std::string& name, const std::string& field);

// Whether the whole value is in quotation marks, as left by some tools that read .env files.
bool looks_quoted(std::string_view text);

// Leaves out what a shell, a mail or a chat puts around an address: one pair of "", '' or <>.
void drop_marks(Secret& address);

}  // namespace hlid_cli
