// streams.h: what is read from files, standard input and people, and what is written.
#pragma once

#include <string>
#include <string_view>

#include "cli/secret.h"

namespace hlid_cli {

// Longest file, and longest line of standard input: larger than the longest value that a setting may have.
inline constexpr size_t kMaxInputBytes = size_t{2} * 1024 * 1024;

// The file's bytes. `what` ("--password-file") stands in the error, never the path: it may be the secret itself,
// given in the wrong place. Throws UsageError.
Secret read_file(const std::string& path, const std::string& what);

// Takes one line end off, which an editor or `echo` has put there; nothing else is ever taken away.
void drop_line_end(Secret& text);

// The next line of standard input, without its end. Lines are read in the order in which they are asked for.
// Throws UsageError at its end, Interrupted at a signal.
Secret read_input_line(const std::string& what);

bool input_is_terminal();
bool output_is_terminal();
bool errors_are_terminal();

// Asks the person at the terminal; with `hidden` nothing that is typed is shown. Throws UsageError at its end,
// Interrupted at a signal, with the terminal as it was.
Secret prompt(const std::string& question, bool hidden);

// Throws OutputError.
void write_output(std::string_view text);
// Standard error is for people: what cannot be written there is lost.
void write_error(std::string_view text);

// Columns of the terminal, between 60 and 100; 80 where there is none.
size_t text_width();

}  // namespace hlid_cli
