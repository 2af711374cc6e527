// token_file.h: the saved result of an earlier command: a guest, or the tokens of a session.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/catalogue.h"
#include "cli/secret.h"

namespace hlid_cli {

// The text is what `--save` wrote, or what `--json` printed: the result alone, or the event that holds it. A parameter
// that was given separately keeps its value. Throws UsageError, which names members and holds no value. Of tokens:
// whether they are OAuth 1.0a's, which a session's end leaves valid.
void read_guest_file(std::string_view text, const Catalogue& catalogue, const FlowInfo& flow,
                     std::map<std::string, Secret>& parameters);
bool read_token_file(std::string_view text, const Catalogue& catalogue, const FlowInfo& flow, const std::string& what,
                     std::map<std::string, Secret>& parameters);

// The whole result, as the JSON text that a session keeps; without the server's original response.
Secret tokens_in(std::string_view text, const std::string& what);

// Whether the parameter is a token of a session, so that a file of tokens fills it.
bool is_session_token(const Catalogue& catalogue, const FlowInfo& flow, const Field& parameter);
// Whether the result holds what another command needs: an access token, OAuth 1.0a's, or a new app's secret.
bool holds_tokens(const ResultInfo& result);
// Whether any parameter of the flow is.
bool takes_session_tokens(const Catalogue& catalogue, const FlowInfo& flow);

// A token never begins as JSON does.
bool looks_like_token_file(std::string_view text);

}  // namespace hlid_cli
