// protection.h: what surrounds a process that holds secrets.
#pragma once

namespace hlid_cli {

// Opens those of the descriptors 0 to 2 that are closed, so that nothing else gets their numbers: a pipe of our own as
// standard output would receive the tokens and report success. Reading from one that was closed is at its end, writing
// to it fails. Before anything else is opened.
void open_standard_descriptors();

// From here on no core file is written, whatever ends the process, and no other process of the same user may look into
// this one. Before the first secret is read.
void keep_memory_private();

}  // namespace hlid_cli
