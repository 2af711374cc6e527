// What the flows share that go authorize, code, token: building both requests and reading both answers.
#pragma once

#include <string_view>

#include "codec/form.h"
#include "engine/spec.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr char kAuthorizePath[] = "/services/oauth2/authorize";
inline constexpr char kTokenPath[] = "/services/oauth2/token";
inline constexpr char kRevokePath[] = "/services/oauth2/revoke";
inline constexpr char kUserinfoPath[] = "/services/oauth2/userinfo";

// Starts work.request: address, Accept and User-Agent; a form's Content-Type with POST.
void begin_request(Work& work, const char* name, const char* method, std::string_view path, bool repeatable);
void add_header(Work& work, std::string_view name, std::string_view value);
void add_secret_header(Work& work, std::string_view name, std::string_view value);
FormWriter form_of(Work& work);

// Authorize of any headless flow: a new PKCE pair and a new state are made and remembered. The caller adds
// its own fields to `form_of(work)`, then ends with finish_authorize.
Result<void> begin_authorize(Work& work, std::string_view auth_request_type);
void finish_authorize(Work& work);
Result<void> read_authorize(Work& work, Asker asker);

// The token call, up to guest headers.
void begin_token(Work& work);
void finish_token(Work& work);

// Reads the token answer, then the visitor in it. `otherwise` where the keys must be fetched first.
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
      {authorize, Event::answer, authorized, token, token},
      {token, Event::answer, exchanged, done, keys},
      {keys, Event::answer, verified, done, done},
  };
};

inline constexpr RequestSpec kCodeFlowRequests[] = {
    {"authorize", "POST", kAuthorizePath, false},
    {"token", "POST", kTokenPath, false},
    {"keys", "GET", "/services/oauth2/id/keys", true},
};

}  // namespace hlid
