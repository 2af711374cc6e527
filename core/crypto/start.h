// OpenSSL's start, before its first use.
#pragma once

namespace hlid {

// At exit() a thread of ours or of the host's may still be in here, and OpenSSL's own exit handler would pull the ground from
// under it: it is not registered, and the memory is freed with the process. No effect if the process had started OpenSSL before.
// Cheap after the first call.
void start_crypto();

}  // namespace hlid
