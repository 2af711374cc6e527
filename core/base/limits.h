// Every maximum has a name, and stands here. Bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hlid {

// What the caller gives.
inline constexpr size_t kMaxUrl = 2048;
inline constexpr size_t kMaxClientId = 512;
inline constexpr size_t kMaxClientSecret = 2048;
inline constexpr size_t kMaxPrivateKeyPem = 16 * 1024;
inline constexpr size_t kMaxScope = 2048;
inline constexpr size_t kMaxUsername = 512;
inline constexpr size_t kMaxPassword = 16'000;  // what Salesforce's own mobile SDKs allow
inline constexpr size_t kMaxState = 1024;
inline constexpr size_t kMaxToken = 32 * 1024;
inline constexpr size_t kMaxExtraJson = 8 * 1024;
inline constexpr size_t kMaxUserAgent = 256;
inline constexpr size_t kMaxPath = 4096;
inline constexpr size_t kUuidLength = 36;

// What a server answers.
inline constexpr size_t kMaxAnswerBody = 1024 * 1024;
inline constexpr size_t kMaxAnswerHeaders = 256;  // a count
inline constexpr size_t kMaxAnswerHeaderBytes = 64 * 1024;
inline constexpr size_t kMaxLocation = 16 * 1024;
inline constexpr size_t kMaxCode = 4096;
inline constexpr size_t kMaxJsonDepth = 32;         // levels
inline constexpr size_t kMaxJsonMembers = 1024;     // in one object
inline constexpr size_t kMaxJsonArray = 1024;       // in one array
inline constexpr size_t kMaxJwksKeys = 64;          // keys
inline constexpr size_t kMaxJwksKeysTried = 16;     // keys, for a token that names none
inline constexpr size_t kMaxJwtHeader = 2 * 1024;
inline constexpr size_t kMaxServerText = 300;       // of the server's own words, as shown
inline constexpr size_t kMaxServerCode = 64;

// Time, in milliseconds.
inline constexpr int64_t kDefaultTimeoutMs = 30'000;
inline constexpr int64_t kMaxTimeoutMs = 600'000;
inline constexpr int64_t kFirstBackoffMs = 200;
inline constexpr int64_t kMaxBackoffMs = 10'000;
inline constexpr int64_t kMaxRetryAfterMs = 60'000;
inline constexpr int64_t kClockLeewayMs = 60'000;
// A guest token that ends sooner than this is not relied on for a login: it could end on the way.
inline constexpr int64_t kGuestTokenMarginMs = 30'000;

inline constexpr int kMaxAttempts = 3;  // of one request, the first included
// One repetition for ten first tries, and at most ten saved up: an outage must not multiply the load.
inline constexpr int kRepeatCost = 10;
inline constexpr int kRepeatCredit = 100;

inline constexpr int64_t kDefaultMaxConnections = 64;
inline constexpr int64_t kMaxConnections = 1024;
inline constexpr int64_t kDefaultMaxInFlight = 10'000;
inline constexpr int64_t kMaxInFlight = 1'000'000;

}  // namespace hlid
