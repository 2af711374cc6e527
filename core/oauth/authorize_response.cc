#include "oauth/authorize_response.h"

#include <array>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/digest.h"
#include "oauth/address.h"
#include "oauth/callback.h"
#include "oauth/hints.h"
#include "oauth/salesforce_pages.h"

namespace hlid {
namespace {

// The members of the callback that count, decoded.
struct Callback {
  std::optional<Secret> code, state, error, error_description, apex_error, community_url, issuer;
  bool twice = false;
  bool malformed = false;

  std::optional<Secret>* member(std::string_view name) {
    if (name == "code") return &code;
    if (name == "state") return &state;
    if (name == "iss") return &issuer;
    if (name == "error") return &error;
    if (name == "error_description") return &error_description;
    if (name == "apex_error") return &apex_error;
    if (name == "sfdc_community_url" || name == "sfdc_site_url") return &community_url;
    return nullptr;
  }
};

std::string_view view_of(const std::optional<Secret>& text) { return text ? text->view() : std::string_view(); }

void read_query(std::string_view query, Callback& into) {
  FormReader reader(query);
  while (reader.next()) {
    auto* member = into.member(reader.name());
    if (member == nullptr) continue;
    if (member->has_value()) {
      into.twice = true;
      continue;
    }
    *member = form_decoded(reader.value());
    if (!member->has_value()) into.malformed = true;
  }
}

Error refused_callback(const char* reason, std::string_view what) {
  return Error::protocol(reason, what).advise(Advice::restart);
}

// What a callback is compared with.
struct Asked {
  const App& app;
  std::string_view state;
  Refusal about;
  bool by_browser;  // it may come from any page
};

// What a browser's address may lack, a response does not.
Error refused_with(Error error, const Response& response) {
  if (response.status != 0) error.edit().hint.clear();
  return std::move(error).http_status(response.status);
}

Result<AuthorizationCode> read_callback(Callback& callback, const Asked& asked, const Response& response, int64_t now_ms) {
  if (callback.twice)
    return refused_callback("bad_callback", "the callback has a duplicate parameter").http_status(response.status);
  if (callback.malformed)
    return refused_callback("bad_callback", "the callback has a parameter with invalid percent-encoding")
        .http_status(response.status);
  if (callback.issuer) {
    if (auto good = check_callback_issuer(asked.app, view_of(callback.issuer)); !good)
      return refused_with(std::move(good).error(), response);
  }
  if (callback.error && callback.code)
    return refused_callback("bad_callback", "the callback contains both a code and an error").http_status(response.status);
  if (callback.error) {
    // Salesforce leaves the state out of some errors; but one that is there must be ours.
    if (callback.state) {
      if (auto good = check_callback_state(callback.state, asked.state); !good)
        return refused_with(std::move(good).error(), response);
    }
    const bool believed = callback.state || !asked.by_browser;
    const std::string_view words = believed ? view_of(callback.error_description) : std::string_view();
    const std::string_view apex = believed ? view_of(callback.apex_error) : std::string_view();
    Error error = diagnose(view_of(callback.error), words, response, asked.about, now_ms);
    return apex.empty() ? std::move(error) : std::move(error).server(view_of(callback.error), apex);
  }
  if (auto good = check_callback_state(callback.state, asked.state); !good)
    return refused_with(std::move(good).error(), response);
  const std::string_view code = view_of(callback.code);
  if (code.empty() || code.size() > kMaxCode || !is_printable_ascii(code)) {
    return refused_callback("bad_code", "the callback has no valid authorization code").http_status(response.status);
  }
  AuthorizationCode out;
  out.code = std::move(*callback.code);
  const std::string_view community = view_of(callback.community_url);
  if (!asked.by_browser && !community.empty() && community.size() <= kMaxUrl && is_visible_ascii(community)) {
    out.community_url = std::move(*callback.community_url);
  }
  return out;
}

Result<AuthorizationCode> read_behind_callback(std::string_view rest, const Asked& asked, const Response& response,
                                               int64_t now_ms) {
  Callback callback;
  const size_t hash = rest.find('#');
  read_query(rest.substr(0, hash), callback);
  if (!callback.code && !callback.error && hash != std::string_view::npos) {
    callback = {};
    read_query(rest.substr(hash + 1), callback);
  }
  return read_callback(callback, asked, response, now_ms);
}

Result<AuthorizationCode> read_redirect(const Response& response, std::string_view request_url, std::string_view redirect_uri,
                                        const Asked& asked, int64_t now_ms) {
  const Refusal about = asked.about;
  const auto location = response.header("location");
  if (!location) return location.error().clone();
  if (location->size() > kMaxLocation) {
    return refused_callback("response_too_large", "the response's Location exceeds its maximum of 16 KiB")
        .http_status(response.status);
  }
  if (const CallbackMatch match = match_callback(*location, redirect_uri); match.differs == CallbackDiffers::nothing) {
    return read_behind_callback(match.rest, asked, response, now_ms);
  }
  const auto target = resolve_url(request_url, *location);
  if (!target || location->empty()) return not_headless("a redirect to something that is not an address", response, about);
  const CallbackMatch match = match_callback(target->view(), redirect_uri);
  if (match.differs != CallbackDiffers::nothing) {
    if (auto page = salesforce_page_at(response, about)) return with_retry_after(std::move(*page), response, now_ms);
    const auto url = parse_url(target->view());
    const std::string host = url && !url->host.empty() ? escape_for_display(url->host, kMaxServerText) : "no host";
    return not_headless(join({"a redirect to an address other than the callback, at ", host}), response, about);
  }
  return read_behind_callback(match.rest, asked, response, now_ms);
}

}  // namespace

Result<void> check_callback_issuer(const App& app, std::string_view issuer) {
  if (is_own_issuer(app, issuer)) return {};
  return refused_callback("issuer_mismatch", "the callback comes from a different server: its iss is not the site");
}

Result<void> check_callback_state(const std::optional<Secret>& state, std::string_view ours) {
  if (equal_constant_time(view_of(state), ours)) return {};
  Error error = refused_callback(
      "state_mismatch", state ? "the callback belongs to another sign-in: its state is not ours" : "the callback has no state");
  if (!state) error.edit().hint = hints::kCutAddress;
  return error;
}

Result<AuthorizationCode> read_authorize_response(const Response& response, const App& app, std::string_view request_url,
                                                  std::string_view redirect_uri, std::string_view state, Refusal about,
                                                  int64_t now_ms) {
  const Asked asked{.app = app, .state = state, .about = about, .by_browser = false};
  if (response.is_redirect()) return read_redirect(response, request_url, redirect_uri, asked, now_ms);
  if (response.status != 200) return read_refusal(response, about, now_ms);
  JsonDocument document(app.reading->json);
  const JsonFault fault = response.body.empty() ? JsonFault::cut : document.parse(response.body.view());
  if (fault != JsonFault::none) return no_json(response, fault, about, now_ms);
  if (holds_rest_error(document.root())) return read_refusal(response, about, now_ms);
  if (!document.root().is_object()) {
    return Error::protocol("bad_response", "the authorize response is neither a redirect nor a JSON object")
        .http_status(response.status);
  }
  Callback callback;
  const auto take = [&](std::string_view name, std::string_view twin = {}) {
    const auto member = document.root().find(name);
    if (!member) return;
    auto* into = callback.member(twin.empty() ? name : twin);
    if (const auto text = member->as_text()) *into = Secret(*text);
  };
  for (const std::string_view name : {"code", "state", "error", "error_description", "apex_error", "sfdc_community_url", "iss"})
    take(name);
  if (!callback.code && !callback.error) {
    return Error::protocol("bad_code", "the authorize endpoint's JSON has neither a code nor an error")
        .http_status(response.status);
  }
  return read_callback(callback, asked, response, now_ms);
}

Result<void> check_callback_address(std::string_view field, std::string_view address, std::string_view redirect_uri) {
  const CallbackMatch match = match_callback(address, redirect_uri);
  const bool is_callback = match.differs == CallbackDiffers::nothing;
  const bool is_twice = is_callback && match.rest.find(redirect_uri) != std::string_view::npos;
  if (is_callback && !is_twice) return {};
  Error error = Error::argument(
      field, is_twice ? std::string("has the callback twice: paste the address once")
                      : join({"is not the app's callback: ", explain_difference(match.differs, address, redirect_uri)}));
  error.edit().reason = "not_the_callback";
  const bool is_seen_otherwise = match.differs == CallbackDiffers::scheme || match.differs == CallbackDiffers::host ||
                                 match.differs == CallbackDiffers::port;
  error.edit().hint =
      !is_seen_otherwise
          ? "pass on only addresses of the callback (redirect_uri), each whole; the flow keeps waiting for one"
          : "behind a proxy that terminates TLS, a framework may build its own address with http or an internal host or port: give the "
            "address that the browser shows, or let the framework trust the proxy (X-Forwarded-Proto, Forwarded); the "
            "flow keeps waiting";
  return error;
}

Result<AuthorizationCode> read_callback_address(std::string_view address, const App& app, std::string_view redirect_uri,
                                                std::string_view state, Refusal about) {
  const CallbackMatch match = match_callback(address, redirect_uri);
  if (match.differs != CallbackDiffers::nothing) return refused_callback("bad_callback", "the address is not the app's callback");
  const Asked asked{.app = app, .state = state, .about = about, .by_browser = true};
  return read_behind_callback(match.rest, asked, Response(), 0);
}

}  // namespace hlid
