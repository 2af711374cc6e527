// A token for a user who has approved the app before, for a JWT that the app signs.
#include <algorithm>
#include <string_view>

#include "flows/parts/bearer.h"
#include "flows/parts/code.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "jose/assertion.h"

namespace hlid {
namespace {

// Each is a sign-in of its own, of which a user has 3,600 an hour.
constexpr int64_t kMaxAudiences = 4;

constexpr ValueSpec kParameters[] = {
    {.name = "username",
     .charset = Charset::one_line,
     .required = true,
     .max_bytes = kMaxUsername,
     .doc = "The Salesforce username that the assertion is made for."},
    kAudienceParameter,
    {.name = "audiences",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .max_bytes = kMaxScope,
     .doc = "Up to four other audiences, separated by spaces: tried in this order, with a new assertion each, where the server "
            "rejects the audience. All go to the host that the setting site names.",
     .default_text = "none: a rejected audience ends the flow"},
};

constexpr SlotSpec kAssertion{"assertion"};  // signed, or what is to be signed
constexpr SlotSpec kExpires{"expires_at_ms", InTicket::never, true};
constexpr SlotSpec kTried{"audiences_tried", InTicket::never, true};  // of `audiences`

enum State : uint8_t { kSigning, kAsking, kDone };

constexpr RequestSpec kRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .retry_safe = true, .extras = Extras::all};

// The word at that place, from 1; empty if there are fewer.
std::string_view word_of(std::string_view list, int64_t place) {
  while (place > 1 && !list.empty()) {
    list.remove_prefix(std::min(list.find(' '), list.size() - 1) + 1);
    --place;
  }
  return list.substr(0, list.find(' '));
}

std::string_view next_audience(const Context& flow) {
  return word_of(flow.parameter("audiences").value_or(""), flow.number(kTried) + 1);
}

Result<void> check(Context& flow) {
  if (!word_of(flow.parameter("audiences").value_or(""), kMaxAudiences + 1).empty())
    return Error::argument("audiences", "must be at most four");
  if (auto good = check_lifetime(flow.app); !good) return good;
  if (auto good = check_clock(flow); !good) return good;
  return check_signer(flow.app);
}

Result<void> ask_signature(Context& flow) {
  const App& app = flow.app;
  const int64_t tried = flow.number(kTried);
  const std::string_view audience =
      tried == 0 ? flow.parameter("audience").value_or(bearer_audience(app)) : word_of(*flow.parameter("audiences"), tried);
  const int64_t expires_at_ms = flow.now_ms + app.assertion_lifetime_s * 1000;
  auto input = assertion_input(
      {.issuer = app.client_id, .subject = *flow.parameter("username"), .audience = audience, .expires_at_ms = expires_at_ms});
  if (!input) return std::move(input).error();
  flow.keep(kAssertion, input->view());
  flow.keep_number(kExpires, expires_at_ms);
  *flow.sign = {"RS256", std::move(*input)};
  return {};
}

Next<kAsking> take_signature(Context& flow) {
  if (auto good = check_signature(flow); !good) return std::move(good).error();
  flow.keep(kAssertion, assertion_of(flow.slot(kAssertion), flow.given.view()));
  return to<kAsking>;
}

// A repetition sends the same assertion, as long as it is valid.
Result<void> fill(Context& flow) {
  if (auto good = check_not_expired(flow, flow.number(kExpires)); !good) return good;
  FormWriter form = form_of(flow);
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
  form.add_secret("assertion", flow.slot(kAssertion));
  return {};
}

Next<kDone, kSigning> responded(Context& flow) {
  auto read = read_token(flow);
  if (read) return to<kDone>;
  const bool is_audience = std::string_view(read.error().data().reason) == "wrong_audience";
  if (!is_audience || next_audience(flow).empty()) return std::move(read).error();
  flow.forget(kAssertion);
  flow.keep_number(kTried, flow.number(kTried) + 1);
  return to<kSigning>;
}

constexpr StateSpec kStates[] = {sign_state("sign", ask_signature, kRequest), send_state("token", kRequest, fill), done_state()};
constexpr Row kRows[] = {
    on<take_signature>(kSigning, Event::value),
    on<responded>(kAsking, Event::response),
};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::jwt_bearer = {
    .name = "jwt_bearer",
    .verb = "jwt_bearer",
    .summary = "Exchanges a JWT that the app signs for a token of a user who has approved the app before.",
    .description =
        "For a server that acts for a user who is not present. The flow makes the assertion and signs it with the app's "
        "private_key, or the host signs it. It is valid for assertion_lifetime_s, 180 seconds at most, and names the client_id as its "
        "issuer, the user and one audience. It sends no secret and no scope, and returns no refresh token: run the flow again. The user "
        "must be "
        "pre-authorized, or have approved the app in a flow that issued a refresh token.",
    .source = "RFC 7523; Salesforce Help: remoteaccess_oauth_jwt_flow",
    .parameters = kParameters,
    .org_settings = kBearerOrgSettings,
    .hosts = kEveryHost,
    .result = &kTokenSet,
    .lacks = kNoRefreshToken,
    .errors = &kBearerErrors,
    .check = check,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
