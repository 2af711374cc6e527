// The client's own maxima, in addition to those of base/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hlid {

inline constexpr int kMaxInterimResponses = 16;                  // 1xx before the response itself
inline constexpr size_t kMaxCaFile = 1024 * 1024;                // bytes
inline constexpr size_t kMaxIdleTransfers = 64;                  // libcurl handles kept for the next requests
inline constexpr long kReceiveBuffer = 16 * 1024;                // bytes, of each libcurl handle; one TLS record
inline constexpr long kUploadBuffer = 16 * 1024;                 // bytes, the least that libcurl accepts
inline constexpr size_t kMaxTurnBytes = 256 * 1024;              // that libcurl may read at one go, see Turn
inline constexpr int kMaxChainDepth = 10;                        // certificates between the server's and the root
inline constexpr int64_t kMaxWaitMs = 365LL * 24 * 3600 * 1000;  // longer is the same as for ever
inline constexpr unsigned int kMaxUnacknowledgedMs = 15'000;     // that sent bytes stay without a sign of life
inline constexpr int64_t kMaxSleepMs = 60'000;                   // of the loop without looking at the time
inline constexpr int64_t kKeeperLingersMs = 1'000;               // that the I/O thread stays without a flow
inline constexpr int kMaxEvents = 128;                           // of descriptors at one look
inline constexpr int kMaxOrdersInARow = 8;                       // batches of orders between two looks at the sockets

// What one turn of a host's loop may take, unless the host says otherwise. Whatever it says, a turn begins nothing new after
// kMaxTurnUs.
inline constexpr int64_t kTurnBytes = 64 * 1024;
inline constexpr int64_t kTurnRequests = 8;
inline constexpr int64_t kMaxTurnUs = 400;

}  // namespace hlid
