// streams.h: what is read from standard input and from people, and what is written.
#pragma once

#include <string>
#include <string_view>

#include "cli/secret.h"

namespace hlid_cli {

// The next line of standard input, without its end. Lines are read in the order in which they are asked for.
// Throws UsageError at its end, Interrupted at a signal.
Secret read_input_line(const std::string& what);

// All of standard input that has not been read. Throws UsageError where that is more than a file may have, Interrupted at a
// signal.
Secret read_whole_input(const std::string& what);

bool input_is_terminal();
bool output_is_terminal();
bool errors_are_terminal();

// Asks the person at the terminal; with `hidden` nothing that is typed is shown. Throws UsageError at its end,
// Interrupted at a signal, with the terminal as it was.
Secret prompt(const std::string& question, bool hidden);

// Whether a result could be written, before anything is sent that brings one. Throws OutputError.
void check_output();
// Throws OutputError.
void write_output(std::string_view text);
// Standard error is for people: what cannot be written there is lost.
void write_error(std::string_view text);

// Columns of the terminal, between 60 and 100; 80 where there is none.
size_t text_width();

}  // namespace hlid_cli
