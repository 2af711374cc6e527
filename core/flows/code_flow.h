// What the flows share that go authorize, code, token: building both requests and reading both answers.
#pragma once

#include <string_view>

#include "codec/form.h"
#include "codec/json_write.h"
#include "engine/spec.h"
#include "oauth/authorize_response.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr char kAuthorizePath[] = "/services/oauth2/authorize";
inline constexpr char kTokenPath[] = "/services/oauth2/token";
inline constexpr char kRevokePath[] = "/services/oauth2/revoke";
inline constexpr char kUserinfoPath[] = "/services/oauth2/userinfo";

// Starts work.request: address, Accept and User-Agent; a form's Content-Type with POST.
void begin_request(Work& work, const char* name, const char* method, std::string_view path, bool retry_safe);
// The same for a POST with a JSON body, which json_of(work) then writes.
void begin_json_request(Work& work, const char* name, std::string_view path, bool retry_safe);
JsonBody json_of(Work& work);
void add_header(Work& work, std::string_view name, std::string_view value);
void add_secret_header(Work& work, std::string_view name, std::string_view value);
// "Bearer <token>", "Basic <pair in base64>".
void add_bearer(Work& work, std::string_view token);
void add_basic(Work& work, std::string_view left, std::string_view right, bool url_safe);
FormWriter form_of(Work& work);

// The visitor of the parameters guest_token and uvid: checked and kept, then added to a named flow's request.
Result<void> keep_visitor(Work& work);
void add_visitor(Work& work);
// Its first half: the header if there is a guest token to prove the visitor by, else what the body says instead.
Secret add_visitor_header(Work& work);

// A new PKCE pair and a new state, or the caller's own: both are kept, and the challenge is what goes out.
Result<Secret> make_proof(Work& work);

// Authorize of any headless flow: a new PKCE pair and a new state are made and remembered. The caller adds
// its own fields to `form_of(work)`, then ends with finish_authorize.
Result<void> begin_authorize(Work& work, std::string_view auth_request_type);
void finish_authorize(Work& work);
Result<void> read_authorize(Work& work, Asker asker);
// A code from wherever it came, with the token endpoint's base where the settings believe the response's.
void keep_code(Work& work, AuthorizationCode code);
// Each authorize call has its own verifier and state: a flow that goes back to its question keeps neither.
void forget_authorize(Work& work);

// The token call, up to guest headers. A code of a first-party challenge came without a callback.
enum class RedirectUri { send, leave_out };
Result<void> begin_token(Work& work, RedirectUri redirect_uri = RedirectUri::send);
// How the client proves itself at the token endpoint: fields of the form, or a header.
Result<void> add_client(Work& work);
void finish_token(Work& work);

// Reads the token response, then the visitor in it. `otherwise` where the keys must be fetched first.
Result<Branch> read_token(Work& work, Asker asker);
Result<void> begin_keys(Work& work);
Result<Branch> read_keys(Work& work, Asker asker);

// The table of every flow that goes authorize, token, and keys where a JWT is to be verified. A flow brings
// the functions that prepare its two requests.
using Prepare = Result<void> (*)(Work&);
template <Asker kAsker, Prepare kAuthorize, Prepare kToken>
struct CodeFlow {
  static Result<Branch> authorized(Work& work) {
    if (auto read = read_authorize(work, kAsker); !read) return std::move(read).error();
    return Branch::then;
  }
  static Result<Branch> exchanged(Work& work) { return read_token(work, kAsker); }
  static Result<Branch> verified(Work& work) { return read_keys(work, kAsker); }

  enum State : uint8_t { authorize, token, keys, done };
  static constexpr StateSpec kStates[] = {
      {"authorize", Step::send, kAuthorize},
      {"token", Step::send, kToken},
      {"keys", Step::send, begin_keys},
      {"done", Step::done, nullptr},
  };
  static constexpr Row kRows[] = {
      {authorize, Event::response, authorized, token, token},
      {token, Event::response, exchanged, done, keys},
      {keys, Event::response, verified, done, done},
  };
};

inline constexpr RequestSpec kCodeFlowRequests[] = {
    {"authorize", "POST", kAuthorizePath, false},
    {"token", "POST", kTokenPath, false},
    {"keys", "GET", "/id/keys", true},
};

}  // namespace hlid
