// The client's own JWT: what it says is the app's settings', who signs it is the app's key or the host.
#pragma once

#include "base/result.h"
#include "engine/work.h"

namespace hlid {

// "header.claims", to be signed. A new one for each request: its jti is good for one.
Result<Secret> attestation_input(const Work& work);
// The whole JWT, signed with the app's key.
Result<Secret> signed_attestation(const Work& work);

}  // namespace hlid
