// The values of single settings that are more than a text: read, checked, and put into an app.
#pragma once

#include <string_view>

#include "base/result.h"
#include "oauth/app.h"
#include "oauth/description.h"

namespace hlid {

// All of them are `take` functions of rows of the settings table.
Result<void> take_site(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_redirect_uri(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_auth_method(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_extra_headers(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_extra_parameters(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_jwks(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_jwks_path(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_proxy(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_private_key(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_seal_keys(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_session_keys(App& app, const ValueSpec& spec, std::string_view value);
// The end of a message about a key that is wrong or missing: no message may show the value.
inline constexpr std::string_view kSealKeyForm =
    ": each key is id:base64-of-32-bytes, as `headlessid session new-key` prints one";
// Of the form of seal_keys and session_keys; the value has passed check_value.
Result<SealKeys> read_seal_keys(const ValueSpec& spec, std::string_view value);
Result<void> take_integration_key(App& app, const ValueSpec& spec, std::string_view value);
Result<void> take_integration_site(App& app, const ValueSpec& spec, std::string_view value);

// http is allowed only for loopback hosts, and only where allow_http_loopback is set: the rest of the check of an address,
// once both are known.
Result<void> check_scheme(const App& app, const char* setting, std::string_view address);

}  // namespace hlid
