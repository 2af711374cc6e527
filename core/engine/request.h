// Building a request: the engine begins it from its row, the flow adds fields, the engine finishes it.
#pragma once

#include <string_view>

#include "codec/form.h"
#include "codec/json_write.h"
#include "engine/context.h"
#include "engine/spec.h"

namespace hlid {

inline constexpr char kTokenPath[] = "/services/oauth2/token";

// Name, method, address, Content-Type, Accept, User-Agent, and the integration user's token. REFUSED if that token is
// known to lack the request's scope.
Result<void> begin_request(Context& flow, const RequestSpec& spec);
// The client's authentication, the settings' extra headers and parameters, the row's own signature.
Result<void> finish_request(Context& flow, const RequestSpec& spec);

// Where a request to this base goes, without its path.
std::string_view address_of(const Context& flow, Base base);
// The address that an authorize response named and the settings believe.
inline constexpr SlotSpec kNamedBase{"named_base", InTicket::never, true};

// For a flow's own fields. `json_of` begins the body, which the caller ends.
FormWriter form_of(Context& flow);
JsonBody json_of(Context& flow);
void add_header(Context& flow, std::string_view name, std::string_view value);
// Of a constant, or the app's: nothing is copied.
void add_lasting_header(Context& flow, const char* name, std::string_view value);
void add_secret_header(Context& flow, std::string_view name, std::string_view value);
// "Bearer <token>", "Basic <pair in base64>".
void add_bearer(Context& flow, std::string_view token);
void add_basic(Context& flow, std::string_view left, std::string_view right, bool url_safe);

}  // namespace hlid
