// Every maximum, by name. In bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hlid {

// What the caller provides.
inline constexpr size_t kMaxUrl = 2048;
inline constexpr size_t kMaxClientId = 512;
inline constexpr size_t kMaxClientSecret = 2048;
inline constexpr size_t kMaxPrivateKeyPem = 16 * 1024;
inline constexpr size_t kMaxCertificatePem = 16 * 1024;
inline constexpr size_t kMaxScope = 2048;
inline constexpr size_t kMaxUsername = 320;  // the longest email address
inline constexpr size_t kMaxState = 256;
inline constexpr size_t kMaxToken = 32 * 1024;
inline constexpr size_t kMaxExtraJson = 8 * 1024;
inline constexpr size_t kMaxUserAgent = 256;
inline constexpr size_t kMaxPath = 4096;
inline constexpr size_t kUuidLength = 36;

// What a server sends.
inline constexpr size_t kMaxResponseBody = 1024 * 1024;
inline constexpr size_t kMaxResponseHeaders = 256;  // a count
inline constexpr size_t kMaxResponseHeaderBytes = 64 * 1024;
inline constexpr size_t kMaxLocation = 16 * 1024;
inline constexpr size_t kMaxCode = 4096;
inline constexpr size_t kMaxJsonDepth = 32;      // levels
inline constexpr size_t kMaxJsonMembers = 1024;  // in one object
inline constexpr size_t kMaxJsonArray = 1024;    // in one array
inline constexpr size_t kMaxJwksKeys = 64;       // keys
inline constexpr size_t kMaxJwksKeysTried = 16;  // keys, for a token that names none or one that they share
inline constexpr size_t kMaxJwtHeader = 2 * 1024;
inline constexpr size_t kMaxServerText = 300;  // of the server's own words, as shown
inline constexpr size_t kMaxServerCode = 64;

// Files of an org's configuration.
inline constexpr size_t kMaxOrgFile = 16 * 1024 * 1024;
inline constexpr size_t kMaxOrgBytes = 64 * 1024 * 1024;  // of all files
inline constexpr size_t kMaxOrgFiles = 20'000;            // a count
inline constexpr size_t kMaxOrgPath = 1024;
inline constexpr size_t kMaxOrgXmlDepth = 32;          // levels
inline constexpr size_t kMaxOrgXmlElements = 100'000;  // in one file
inline constexpr size_t kMaxZipRatio = 200;            // of a file's size to what it takes in the zip
inline constexpr size_t kMaxZipRatioFrom = 64 * 1024;  // a smaller file may be packed as tightly as it will

// Time, in milliseconds.
inline constexpr int64_t kLastTimeMs = 253'402'300'799'000;  // the year 9999: any clock up to it is safe to calculate with
inline constexpr int64_t kDefaultTimeoutMs = 30'000;
inline constexpr int64_t kMaxTimeoutMs = 600'000;
inline constexpr int64_t kFirstBackoffMs = 200;
inline constexpr int64_t kMaxBackoffMs = 10'000;
inline constexpr int64_t kMaxRetryAfterMs = 60'000;
inline constexpr int64_t kClockLeewayMs = 60'000;
// A guest token that expires sooner than this is not used for a login: it could expire in transit.
inline constexpr int64_t kGuestTokenMarginMs = 30'000;
inline constexpr int64_t kTokenMarginMs = 30'000;        // the same for a token that this library keeps
inline constexpr int64_t kKeySetLifetimeMs = 3'600'000;  // how long a key set that was fetched is used
inline constexpr int64_t kKeySetIntervalMs = 60'000;     // and how soon another may be fetched
inline constexpr int64_t kRecheckMs = 20;                // how often a flow checks whether another has fetched what both need
inline constexpr int64_t kDefaultAssertionLifetimeS = 180;
inline constexpr int64_t kMaxAssertionLifetimeS = 600;
inline constexpr int64_t kMaxJwtBearerLifetimeS = 180;        // Salesforce accepts no JWT that ends later
inline constexpr int64_t kMaxClientAssertionLifetimeS = 300;  // nor a client assertion
inline constexpr int64_t kDefaultSealLifetimeS = 900;
inline constexpr int64_t kMaxSealLifetimeS = 86'400;

inline constexpr size_t kMaxSealKeys = 8;
inline constexpr size_t kMaxSealKeyId = 16;
inline constexpr size_t kMaxSealKeysText = kMaxSealKeys * (kMaxSealKeyId + 1 + 44 + 1);
inline constexpr size_t kMaxTicket = 3072;  // of base64url: fits into a cookie
inline constexpr size_t kTicketStep =
    128;  // a ticket's size in bytes is a multiple of this, and so reveals little about its content
inline constexpr int64_t kTicketSkewMs = 300'000;  // how far apart the clocks of machines that share tickets may be

// A session in the host's store.
inline constexpr size_t kMaxStoreKey = 512;
inline constexpr size_t kMaxStoreVersion = 64;
inline constexpr size_t kMaxRecord = 64 * 1024;
inline constexpr size_t kRecordStep = 256;  // its size is a multiple of this, but for its frame
inline constexpr int64_t kDefaultSessionCacheMs = 5'000;
inline constexpr int64_t kMaxSessionCacheMs = 600'000;
inline constexpr int64_t kDefaultSessionLifetimeS = 90LL * 86'400;
inline constexpr int64_t kMaxSessionLifetimeS = 3650LL * 86'400;
inline constexpr int64_t kLockMarginMs = 5'000;  // a lock lasts this much longer than a flow may take
inline constexpr int64_t kMaxEarlyMs = 300'000;  // a token is refreshed at most twice this before its end
inline constexpr int64_t kTokenLifetimeFloorMs =
    300'000;  // no shorter lifetime is learnt: the shortest that an org can set is 15 minutes
inline constexpr int64_t kMaxTokenLifetimeMs = 86'400'000;  // nor a longer one

inline constexpr int kMaxAttempts = 3;  // of one request, the first included
// One retry for every ten first tries, and at most ten saved up: an outage must not multiply the load.
inline constexpr int kRepeatCost = 10;
inline constexpr int kRepeatCredit = 100;

inline constexpr int64_t kDefaultMaxConnections = 64;
inline constexpr int64_t kMaxConnections = 1024;
inline constexpr int64_t kMaxRequestIntervalMs = 60 * 1000;
inline constexpr int64_t kDefaultMaxInFlight = 10'000;
inline constexpr int64_t kMaxInFlight = 1'000'000;

}  // namespace hlid
