// client_auth.h: which app, and which guest, a request to the token, revocation or introspection endpoint comes from.
#pragma once

#include <memory>
#include <string_view>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

// The app that sent the request; refused where the request does not say, or does not prove it. `secret_required` is
// asked only of an app that has a secret.
std::shared_ptr<const App> authenticate_client(Org& org, const Request& request, const Form& form,
                                               bool (*secret_required)(const App&));
bool secret_required_always(const App& app);

// The headers that mark a guest's call to token and revoke; refused unless both are there and the hint is the
// expected one (UUIDs are compared as they were sent).
void check_guest_headers(const Request& request, std::string_view expected_hint);
void refuse_guest_headers(const Request& request);

}  // namespace hlid_sim
