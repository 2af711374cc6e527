#include "cli/org_probe_questions.h"

#include <algorithm>
#include <array>
#include <set>

#include "cli/org_probe_jwt.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kTokenPath = "/services/oauth2/token";

// ---- answers ----

Answer untold(std::string why) { return {nullptr, std::move(why), {}}; }

std::string reason_of(const Failure& failure) {
  std::string out = failure.message;
  if (!failure.server_code.empty())
    out += " (" + failure.server_code + (failure.server_text.empty() ? "" : ": " + failure.server_text) + ")";
  return out;
}

Answer untold(const Ran& ran) {
  return untold((ran.sent ? "It cannot be told: " : "It was not asked: ") + reason_of(ran.failure) + ".");
}

// A value of a setting, and how a flow ended with it.
struct Tried {
  std::string value;
  const Ran* ran;
};

// Which of the values work. The profile's own stays if it is one of them.
Answer accepted(Probe& probe, const std::string& setting, const std::string& fallback, const std::vector<Tried>& all) {
  ordered_json values = ordered_json::array();
  std::string first;
  bool is_profiles = false;
  std::string refused;
  for (const Tried& each : all) {
    if (!each.ran->done) {
      refused += (refused.empty() ? "" : " ") + each.value + ": " + reason_of(each.ran->failure) + ".";
      continue;
    }
    values.push_back(each.value);
    if (first.empty()) first = each.value;
    is_profiles = is_profiles || each.value == probe.runs.setting(setting, fallback);
  }
  if (first.empty()) return untold("It cannot be told: none of them works. " + refused);
  Answer answer{std::move(values), refused.empty() ? "Each works." : "Refused: " + refused, {}};
  if (!is_profiles) answer.settings[setting] = first;
  return answer;
}

// Whether something that may be sent, or left out, must be.
Answer must_be_sent(Probe& probe, const std::string& setting, const Ran& with, const Ran& without) {
  if (!with.done && !without.done) return untold(without);
  const bool needed = !without.done;
  Answer answer;
  answer.value = with.done && without.done ? "optional" : needed ? "required" : "refused";
  if (!with.done) answer.words = "With it: " + reason_of(with.failure) + ".";
  if (needed) answer.words = "Without it: " + reason_of(without.failure) + ".";
  const bool is_sent = probe.runs.setting(setting, "false") == "true";
  if ((needed && !is_sent) || (!with.done && is_sent)) answer.settings[setting] = needed ? "true" : "false";
  return answer;
}

// ---- logins ----

Overrides with(Overrides settings, const std::string& name, const std::string& value) {
  settings[name] = value;
  return settings;
}

Wanted login(Probe& probe, const char* question, const std::string& why, Overrides settings) {
  return {question, "login", why, std::move(settings), {{"username", probe.user}, {"password", probe.password.view()}}, ""};
}

const Ran& login_with(Probe& probe, const char* question, const std::string& setting, const std::string& value) {
  return probe.runs.run(
      login(probe, question, "Signs the user in with " + setting + " " + value + ".", with(probe.found, setting, value)));
}

bool at(const Ran& ran, std::string_view endpoint) { return !ran.done && ran.sent && ran.endpoint == endpoint; }
bool is_wrong_password(const Ran& ran) { return ran.failure.reason == "invalid_credentials"; }

// ---- where name and password go ----

// The two base64 alphabets differ in three characters: '+', '/' and the padding.
bool encodes_differently(const Probe& probe) {
  const std::string pair = probe.user + ":" + std::string(probe.password.view());
  if (pair.size() % 3 != 0) return true;
  for (size_t i = 0; i + 2 < pair.size(); i += 3) {
    const auto byte = [&](size_t offset) { return static_cast<unsigned>(static_cast<unsigned char>(pair[i + offset])); };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int shift = 18; shift >= 0; shift -= 6) {
      if ((bits >> shift & 63U) >= 62) return true;
    }
  }
  return false;
}

const Ran& header_login(Probe& probe, const std::string& alphabet) {
  return probe.runs.run(login(probe, "basic_alphabet",
                              "Signs the user in with name and password in the header, in the alphabet " + alphabet + ".",
                              with(with(probe.found, "credentials_placement", "header"), "basic_alphabet", alphabet)));
}

std::string other_alphabet(const std::string& alphabet) { return alphabet == "standard" ? "url_safe" : "standard"; }

// With the profile's alphabet; with the other one where that fails, unless the header is not read at all.
std::array<const Ran*, 2> header_logins(Probe& probe) {
  const std::string own = probe.runs.setting("basic_alphabet", "standard");
  const Ran& first = header_login(probe, own);
  if (first.done || !first.sent || first.failure.reason == "not_headless" || !encodes_differently(probe))
    return {&first, nullptr};
  return {&first, &header_login(probe, other_alphabet(own))};
}

Answer ask_placement(Probe& probe) {
  const Ran& body = login_with(probe, "credentials_placement", "credentials_placement", "body");
  const auto [first, second] = header_logins(probe);
  return accepted(probe, "credentials_placement", "body",
                  {{"body", &body}, {"header", second != nullptr && second->done ? second : first}});
}

Answer ask_alphabet(Probe& probe) {
  const std::string own = probe.runs.setting("basic_alphabet", "standard");
  const Ran& first = header_login(probe, own);
  if (!first.sent) return untold(first);
  if (first.failure.reason == "not_headless")
    return untold("It cannot be told: the app accepts name and password in the body alone.");
  if (!encodes_differently(probe))
    return untold(
        "It cannot be told with this user: both alphabets write this name and password alike. A password with one character more differs.");
  const Ran& second = header_login(probe, other_alphabet(own));
  if (!second.sent) return untold(second);
  return accepted(probe, "basic_alphabet", "standard", {{own, &first}, {other_alphabet(own), &second}});
}

Answer ask_challenge_method(Probe& probe) {
  return must_be_sent(probe, "send_code_challenge_method",
                      login_with(probe, "send_code_challenge_method", "send_code_challenge_method", "true"),
                      login_with(probe, "send_code_challenge_method", "send_code_challenge_method", "false"));
}

// ---- the token call ----

std::string_view without_slash(std::string_view address) {
  while (address.ends_with('/')) address.remove_suffix(1);
  return address;
}

Answer ask_token_host(Probe& probe) {
  const std::string_view named = probe.session->get("site_url");
  if (named.empty()) return untold("It cannot be told: the responses name no sfdc_community_url of this site.");
  if (without_slash(named) == without_slash(probe.runs.setting("site", "")))
    return {ordered_json::array({"site", "sfdc_community_url"}), "The site names itself: both are one address.", {}};
  return accepted(probe, "token_host", "site",
                  {{"site", &login_with(probe, "token_host", "token_host", "site")},
                   {"sfdc_community_url", &login_with(probe, "token_host", "token_host", "sfdc_community_url")}});
}

Answer ask_client_authentication(Probe& probe) {
  constexpr const char* kName = "token_endpoint_auth_method";
  return accepted(probe, kName, "client_secret_post",
                  {{"client_secret_post", &login_with(probe, kName, kName, "client_secret_post")},
                   {"client_secret_basic", &login_with(probe, kName, kName, "client_secret_basic")}});
}

// ---- what the tokens say ----

Answer ask_response_members(Probe& probe) {
  const ordered_json raw = ordered_json::parse(probe.session->get("raw"), nullptr, false);
  if (!raw.is_object()) return untold("It cannot be told: the response is not JSON.");
  constexpr const char* kNames[] = {"expires_in",         "signature",         "token_format",  "api_instance_url",
                                    "sfdc_community_url", "sfdc_community_id", "sfdc_site_url", "sfdc_site_id"};
  ordered_json members = ordered_json::array();
  for (const char* name : kNames) {
    if (raw.contains(name)) members.push_back(name);
  }
  return {std::move(members), "", {}};
}

Answer issuer_of(const Probe& probe, const char* token, const char* what) {
  const ordered_json claims = claims_of(probe.session->get(token));
  const auto issuer = claims.find("iss");
  if (issuer == claims.end() || !issuer->is_string()) return untold(std::string("It cannot be told: there is no ") + what + ".");
  const std::string site(without_slash(probe.runs.setting("site", "")));
  const std::string_view found = without_slash(issuer->get_ref<const std::string&>());
  const size_t path = site.find('/', site.find("//") + 2);
  const bool is_site = found == site;
  const bool is_origin = found == std::string_view(site).substr(0, path);
  return {*issuer,
          is_site     ? "That is the site."
          : is_origin ? "That is the site's origin, without the path."
                      : "That is another address than the site.",
          {}};
}

Answer ask_id_token_issuer(Probe& probe) { return issuer_of(probe, "id_token", "ID token: the scope openid is needed"); }
Answer ask_access_token_issuer(Probe& probe) { return issuer_of(probe, "access_token", "JWT: the access token is opaque"); }

Answer ask_jwks_path(Probe& probe) {
  std::vector<std::string> paths = {probe.runs.setting("jwks_path", "/id/keys"), "/id/keys", "/services/oauth2/id/keys"};
  const std::string key = key_of(probe.session->get("id_token")).empty() ? key_of(probe.session->get("access_token"))
                                                                         : key_of(probe.session->get("id_token"));
  std::vector<Tried> all;
  for (size_t i = 0; i < paths.size(); ++i) {
    if (std::find(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(i), paths[i]) !=
        paths.begin() + static_cast<std::ptrdiff_t>(i))
      continue;
    const Ran& ran = probe.runs.run(
        {"jwks_path", "jwks", "Fetches the keys at " + paths[i] + ".", with(probe.found, "jwks_path", paths[i]), {}, ""});
    const std::string kids = " " + std::string(ran.get("kids")) + " ";
    if (ran.done && !key.empty() && kids.find(" " + key + " ") == std::string::npos) continue;  // keys of something else
    all.push_back({paths[i], &ran});
  }
  return accepted(probe, "jwks_path", "/id/keys", all);
}

// ---- what follows a sign-in ----

Answer ask_rotation(Probe& probe) {
  const std::string_view token = probe.session->get("refresh_token");
  if (token.empty()) return untold("It cannot be told: there is no refresh token. The scope refresh_token is needed.");
  const Ran& ran = probe.runs.run(
      {"refresh_rotation", "refresh", "Uses the refresh token once.", probe.found, {{"refresh_token", token}}, ""});
  if (!ran.done) return untold(ran);
  const std::string_view fresh = ran.get("refresh_token");
  const bool rotates = !fresh.empty() && fresh != token;
  if (rotates) probe.runs.replace_session(token, fresh);
  return {rotates ? "rotates" : "stays", rotates ? "Each refresh brings another refresh token." : "", {}};
}

Answer ask_userinfo(Probe& probe) {
  const Ran& ran = probe.runs.run({"userinfo_by_get",
                                   "userinfo",
                                   "Asks for the user's claims by GET.",
                                   probe.found,
                                   {{"access_token", probe.session->get("access_token")}},
                                   ""});
  if (ran.done) return {"accepted", "", {}};
  if (ran.failure.http_status == 405 || ran.failure.server_code == "invalid_request")
    return {"refused", reason_of(ran.failure) + ".", {}};
  return untold(ran);
}

Wanted introspection(Probe& probe, const char* question, const std::string& why, Overrides settings) {
  return {question, "introspection", why, std::move(settings), {{"token", probe.session->get("access_token")}}, ""};
}

Answer ask_introspection(Probe& probe) {
  if (claims_of(probe.session->get("access_token")).empty()) return untold("It cannot be told: the access token is opaque.");
  const Ran& ran = probe.runs.run(introspection(probe, "introspection_of_jwt", "Asks what the JWT is good for.", probe.found));
  if (!ran.done) return untold(ran);
  if (ran.get("active") != "true") return {ordered_json::array(), "A JWT that has just been issued is not active there.", {}};
  const ordered_json raw = ordered_json::parse(ran.get("raw"), nullptr, false);
  ordered_json members = ordered_json::array();
  for (const auto& member : raw.items()) members.push_back(printable(member.key().substr(0, 40)));
  return {std::move(members), "It is active; these are the members of the response.", {}};
}

// ---- guests ----

Wanted visit(const char* question, const std::string& why, Overrides settings) {
  return {question, "guest", why, std::move(settings), {}, ""};
}

// A visit with the profile's settings, or with others where a failure may be theirs.
const Ran& guest(Probe& probe) {
  if (probe.guest != nullptr) return *probe.guest;
  const auto scope_refused = [](const Ran& ran) { return at(ran, "authorize") && ran.failure.reason == "invalid_scope"; };
  const auto hint_refused = [](const Ran& ran) { return at(ran, "authorize") && ran.failure.reason == "uvid_invalid"; };
  const auto token_refused = [](const Ran& ran) { return at(ran, "token"); };
  probe.guest_settings = probe.found;
  probe.guest = &probe.runs.run_until_done(visit("guest", "Gets a guest's token, with the profile's settings.", probe.found),
                                           {{"uvid_placement", "header", hint_refused},
                                            {"uvid_placement", "body", hint_refused},
                                            {"scope", "api", scope_refused},
                                            {"http_version", "auto", token_refused}},
                                           probe.guest_settings);
  return *probe.guest;
}

const Ran& guest_with(Probe& probe, const char* question, const std::string& setting, const std::string& value) {
  return probe.runs.run(
      visit(question, "Gets a guest's token with " + setting + " " + value + ".", with(probe.guest_settings, setting, value)));
}

Answer ask_uvid_placement(Probe& probe) {
  if (!guest(probe).done) return untold(guest(probe));
  return accepted(probe, "uvid_placement", "header",
                  {{"header", &guest_with(probe, "uvid_placement", "uvid_placement", "header")},
                   {"body", &guest_with(probe, "uvid_placement", "uvid_placement", "body")}});
}

Answer ask_guest_scope(Probe& probe) {
  if (!guest(probe).done) return untold(guest(probe));
  constexpr size_t kMost = 6;
  std::vector<std::string> scopes;
  std::string granted(probe.session->get("scope"));
  for (size_t start = 0; start < granted.size() && scopes.size() < kMost;) {
    const size_t end = std::min(granted.find(' ', start), granted.size());
    if (end > start) scopes.push_back(granted.substr(start, end - start));
    start = end + 1;
  }
  if (scopes.empty()) return untold("It cannot be told: the response names no scope that the app has.");
  ordered_json values = ordered_json::array();
  std::string refused;
  for (const std::string& scope : scopes) {
    if (guest_with(probe, "guest_scope", "scope", scope).done)
      values.push_back(printable(scope));
    else
      refused += (refused.empty() ? "" : ", ") + printable(scope);
  }
  return {std::move(values), refused.empty() ? "A guest gets each scope that the user gets." : "Refused: " + refused + ".", {}};
}

Answer ask_guest_http(Probe& probe) {
  if (!guest(probe).done) return untold(guest(probe));
  const Ran& automatic = guest_with(probe, "guest_http_version", "http_version", "auto");
  const Ran& old = guest_with(probe, "guest_http_version", "http_version", "1.1");
  ordered_json values = ordered_json::array();
  if (old.done) values.push_back("1.1");
  if (automatic.done && automatic.http_version != "1.1") values.push_back(automatic.http_version);
  if (values.empty()) return untold(old);
  Answer answer{std::move(values), old.done ? "" : "Over HTTP/1.1: " + reason_of(old.failure) + ".", {}};
  if (automatic.done && automatic.http_version == "1.1") answer.words = "The server speaks nothing else.";
  if (!old.done && probe.runs.setting("http_version", "auto") == "1.1") answer.settings["http_version"] = "auto";
  return answer;
}

const Ran& extended(Probe& probe, const std::string& prefix) {
  Wanted wanted = login(probe, "uvid_prefix", "Signs the user in with a guest's token, uvid_prefix " + prefix + ".",
                        with(probe.found, "uvid_prefix", prefix));
  wanted.parameters.emplace("guest_token", guest(probe).get("access_token"));
  return probe.runs.run(wanted);
}

Answer ask_uvid_prefix(Probe& probe) {
  if (!guest(probe).done) return untold(guest(probe));
  if (claims_of(probe.session->get("access_token")).empty())
    return untold("It cannot be told: the user's access token is opaque, and carries no visitor.");
  std::vector<Tried> all;
  for (const char* prefix : {"none", "scheme"}) {
    const Ran& ran = extended(probe, prefix);
    if (ran.done && ran.get("uvid_carry") != "carried") continue;
    all.push_back({prefix, &ran});
  }
  if (all.empty()) return untold("It cannot be told: the user's token does not carry the visitor in either way.");
  return accepted(probe, "uvid_prefix", "none", all);
}

Answer ask_uvid_claim(Probe& probe) {
  if (!guest(probe).done) return untold(guest(probe));
  const std::string_view uvid = guest(probe).get("uvid");
  for (const char* prefix : {"none", "scheme"}) {
    const Ran& ran = extended(probe, prefix);
    if (!ran.done) continue;
    const ordered_json claims = claims_of(ran.get("access_token"));
    for (const auto& claim : claims.items()) {
      if (!claim.value().is_string()) continue;
      std::string value = claim.value().get<std::string>();
      std::transform(value.begin(), value.end(), value.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      if (value == uvid || value == "uvid:" + std::string(uvid))
        return {printable(claim.key().substr(0, 80)), "The library finds it in any claim.", {}};
    }
  }
  return untold("It cannot be told: no claim of the user's token is the visitor's UVID.");
}

// ---- what the app signs ----

struct Audience {
  std::string name;
  std::string address;
};

// Where the guides of other flows of Salesforce's let an assertion be for.
std::vector<Audience> audiences(const Probe& probe, const char* path) {
  std::vector<Audience> out;
  const auto add = [&](const std::string& name, const std::string& address) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const Audience& each) { return each.address == address; });
    if (!address.empty() && !known) out.push_back({name, address});
  };
  const std::string site(without_slash(probe.runs.setting("site", "")));
  std::string org;
  if (probe.session != nullptr) org = without_slash(probe.session->get("instance_url"));
  add("site", site);
  add("site_endpoint", site + path);
  add("my_domain", org);
  if (!org.empty()) add("my_domain_endpoint", org + path);
  add("login_host", "https://login.salesforce.com");
  add("login_host_endpoint", std::string("https://login.salesforce.com") + path);
  add("test_host", "https://test.salesforce.com");
  return out;
}

Wanted first_party_login(Probe& probe, const char* question, const std::string& why, Overrides settings) {
  Wanted wanted = login(probe, question, why, std::move(settings));
  wanted.flow = "first_party_login";
  return wanted;
}

const Ran& first_party(Probe& probe) {
  if (probe.first_party != nullptr) return *probe.first_party;
  const auto not_attested = [](const Ran& ran) { return ran.failure.reason == "attestation_refused"; };
  const auto refused = [](const Ran& ran) {
    return at(ran, "authorization_challenge") && ran.failure.reason != "attestation_refused" && !is_wrong_password(ran);
  };
  const auto token_refused = [](const Ran& ran) { return at(ran, "token"); };
  std::vector<Adjustment> adjustments;
  for (const char* value : {"true", "false"}) adjustments.push_back({"first_party_response_type", value, refused});
  for (const Audience& each : audiences(probe, kTokenPath))
    adjustments.push_back({"attestation_audience", each.address, not_attested});
  for (const char* value : {"true", "false"}) adjustments.push_back({"first_party_redirect_uri", value, token_refused});
  probe.first_party_settings = probe.found;
  probe.first_party =
      &probe.runs.run_until_done(first_party_login(probe, "first_party", "Signs the user in as a first-party app.", probe.found),
                                 adjustments, probe.first_party_settings);
  return *probe.first_party;
}

const Ran& first_party_with(Probe& probe, const char* question, const std::string& setting, const std::string& value) {
  return probe.runs.run(first_party_login(probe, question,
                                          "Signs the user in as a first-party app, with " + setting + " " + value + ".",
                                          with(probe.first_party_settings, setting, value)));
}

// Which of the audiences are accepted: the words are recorded, the address is what a profile needs.
Answer accepted_audiences(Probe& probe, const std::vector<Audience>& all, const std::vector<const Ran*>& runs,
                          const std::string& fallback) {
  const std::string own = probe.runs.setting("attestation_audience", fallback);
  ordered_json values = ordered_json::array();
  std::string first;
  bool is_profiles = false;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!runs[i]->done) continue;
    values.push_back(all[i].name);
    if (first.empty()) first = all[i].address;
    is_profiles = is_profiles || all[i].address == own;
  }
  if (first.empty()) return untold(*runs.front());
  Answer answer{std::move(values), "", {}};
  if (!is_profiles) answer.settings["attestation_audience"] = first;
  return answer;
}

Answer ask_attestation_audience(Probe& probe) {
  if (!first_party(probe).done) return untold(first_party(probe));
  const std::vector<Audience> all = audiences(probe, kTokenPath);
  std::vector<const Ran*> runs;
  for (const Audience& each : all)
    runs.push_back(&first_party_with(probe, "attestation_audience", "attestation_audience", each.address));
  return accepted_audiences(probe, all, runs, all.front().address);
}

Answer ask_first_party_redirect(Probe& probe) {
  if (!first_party(probe).done) return untold(first_party(probe));
  constexpr const char* kName = "first_party_redirect_uri";
  const Ran& sent = first_party_with(probe, kName, kName, "true");
  if (!sent.sent) return untold(sent);
  return must_be_sent(probe, kName, sent, first_party_with(probe, kName, kName, "false"));
}

Answer ask_first_party_response_type(Probe& probe) {
  if (!first_party(probe).done) return untold(first_party(probe));
  constexpr const char* kName = "first_party_response_type";
  return must_be_sent(probe, kName, first_party_with(probe, kName, kName, "true"),
                      first_party_with(probe, kName, kName, "false"));
}

// At the introspection endpoint, which needs no user and changes nothing.
Answer ask_client_assertion_audience(Probe& probe) {
  const std::vector<Audience> all = audiences(probe, kTokenPath);
  std::vector<const Ran*> runs;
  for (const Audience& each : all) {
    Overrides settings =
        with(with(probe.found, "token_endpoint_auth_method", "private_key_jwt"), "attestation_audience", each.address);
    runs.push_back(&probe.runs.run(
        introspection(probe, "client_assertion_audience",
                      "Introspects the token, the app proven by an assertion for " + each.address + ".", settings)));
  }
  Answer answer = accepted_audiences(probe, all, runs, probe.runs.setting("site", "") + kTokenPath);
  // One setting is for both; that of a first-party app comes first.
  const bool is_used = probe.runs.setting("token_endpoint_auth_method", "") == "private_key_jwt";
  const bool is_shared = probe.first_party != nullptr && probe.first_party->done;
  if (!is_used || is_shared) answer.settings.clear();
  return answer;
}

// ---- one-time passwords ----

// What the server said of a wrong code: "400 invalid_grant".
std::string said(const Failure& failure) {
  return std::to_string(failure.http_status) + (failure.server_code.empty() ? "" : " " + printable(failure.server_code));
}

// One message, one wrong code, and then the right one, if there is someone who reads it.
CodeRun try_codes(Probe& probe) {
  CodeRun out;
  const FlowInfo& info = probe.runs.flow("passwordless_login");
  const AppHandle app = probe.runs.app_with(probe.found);
  hlid_error* error = nullptr;
  hlid_flow* made = nullptr;
  check(hlid_flow_new(app.get(), view_of(info.name), &made, &error), error);
  const FlowHandle flow(made);
  check(hlid_flow_set(flow.get(), view_of("username"), view_of(probe.user), &error), error);
  check(hlid_flow_set(flow.get(), view_of("verification_method"), view_of("email"), &error), error);
  check(hlid_flow_set_trace(flow.get(), 1, &error), error);
  probe.runs.announce({"wrong_otp", info.name, "Sends the user an email with a code, then a code that is wrong.", {}, {}, ""},
                      info);
  const ClientHandle client = make_client(app.get());
  const auto failure = [&](hlid_step step) {
    if (step == HLID_STEP_FAILED) return failure_of(hlid_flow_error(flow.get()));
    const hlid_error* problem = hlid_flow_ask_problem(flow.get());
    return problem == nullptr ? Failure{} : failure_of(problem);
  };
  hlid_step step = probe.runs.step(client.get(), flow.get());
  if (step != HLID_STEP_ASK) {
    const Failure refused = failure(step);
    ProbeRuns::throw_if_not_about_the_org(refused);
    out.why = "It cannot be told: " + reason_of(refused) + ".";
    return out;
  }
  check(hlid_flow_give_value(flow.get(), hlid_flow_ask_name(flow.get()), view_of("000000"), &error), error);
  step = probe.runs.step(client.get(), flow.get());
  Failure refused = failure(step);
  ProbeRuns::throw_if_not_about_the_org(refused);
  probe.runs.count_failed_login();
  out.wrong = said(refused);
  if (step != HLID_STEP_ASK) return out;
  const Secret code = probe.ask_for_code();
  if (code.empty()) return out;
  probe.runs.announce({"identifier_after_wrong_otp", info.name, "Sends the right code, with the same identifier.", {}, {}, ""},
                      info);
  check(hlid_flow_give_value(flow.get(), hlid_flow_ask_name(flow.get()), view_of(code.view()), &error), error);
  step = probe.runs.step(client.get(), flow.get());
  if (step == HLID_STEP_DONE) {
    out.second = "accepted";
    const hlid_result* result = hlid_flow_result(flow.get());
    const std::string_view refresh = text_of(hlid_result_get(result, view_of("refresh_token")));
    probe.runs.keep_session(refresh.empty() ? text_of(hlid_result_get(result, view_of("access_token"))) : refresh);
    return out;
  }
  refused = failure(step);
  ProbeRuns::throw_if_not_about_the_org(refused);
  out.second = said(refused);
  return out;
}

const CodeRun& codes(Probe& probe) {
  if (!probe.codes) probe.codes = try_codes(probe);
  return *probe.codes;
}

Answer ask_wrong_otp(Probe& probe) {
  if (!probe.runs.may_log_in()) return untold("It was not asked: two logins of this user have failed.");
  const CodeRun& run = codes(probe);
  if (!run.why.empty()) return untold(run.why);
  return {run.wrong, "", {}};
}

Answer ask_second_use(Probe& probe) {
  if (!probe.codes) return untold("It was not asked: two logins of this user have failed.");
  const CodeRun& run = codes(probe);
  if (!run.why.empty()) return untold(run.why);
  if (run.second.empty()) return untold("It cannot be told: the right code was not given, or could not be.");
  return {run.second,
          run.second == "accepted" ? "After a wrong code the right one still works."
                                   : "After a wrong code the right one is refused, too.",
          {}};
}

// ---- the table ----

constexpr ProbeQuestion kQuestions[] = {
    {"credentials_placement", "May name and password be in the body, in a header, or in either?",
     "at most three logins; one may count as failed", "login with each placement", 6, "",
     "the placements with which the login succeeds", "credentials_placement", ask_placement},
    {"basic_alphabet", "Which base64 does the header accept?", "at most two logins; one may count as failed",
     "login with each alphabet", 4, "", "the alphabets with which the login succeeds", "basic_alphabet", ask_alphabet},
    {"send_code_challenge_method", "May code_challenge_method be sent, and left out?", "at most two logins",
     "login with and without it", 4, "", "optional, required, refused", "send_code_challenge_method", ask_challenge_method},
    {"token_host", "Does the token call work at the site, and at the sfdc_community_url that it names?", "at most two logins",
     "login with each; none where the two are one address", 4, "", "the hosts with which the login succeeds", "token_host",
     ask_token_host},
    {"token_endpoint_auth_method", "May the app's secret be in the body, in a header, or in either?", "at most two logins",
     "login with each", 4, "client_secret", "the methods with which the login succeeds", "token_endpoint_auth_method",
     ask_client_authentication},
    {"token_response", "Which members does the token response have?", "none", "none: read from the sign-in", 0, "",
     "of expires_in, signature, token_format, api_instance_url, sfdc_community_... and sfdc_site_..., those that are there", "",
     ask_response_members},
    {"id_token_issuer", "Who is the issuer of ID tokens?", "none", "none: read from the sign-in", 0, "", "iss of the ID token",
     "", ask_id_token_issuer},
    {"access_token_issuer", "Who is the issuer of JWT access tokens?", "none", "none: read from the sign-in", 0, "",
     "iss of the access token", "", ask_access_token_issuer},
    {"jwks_path", "Where are the keys?", "none", "GET /id/keys and /services/oauth2/id/keys", 3, "",
     "the paths with a key set that has the key of the tokens", "jwks_path", ask_jwks_path},
    {"refresh_rotation", "Does a refresh replace the refresh token?", "a refresh of the session of this command", "refresh", 1,
     "", "rotates, if another refresh token comes; else stays", "", ask_rotation},
    {"userinfo_by_get", "May userinfo be asked by GET?", "none", "userinfo", 1, "",
     "accepted; refused with 405 or invalid_request", "", ask_userinfo},
    {"introspection_of_jwt", "What does introspection say of a JWT?", "none", "introspect", 1, "client_secret",
     "the names of the response's members; none if the token is not active", "", ask_introspection},
    {"uvid_placement", "May a guest's UVID be in the header, in the body, or in either?", "none; a guest is not a user",
     "guest with each placement", 8, "", "the placements with which a token comes", "uvid_placement", ask_uvid_placement},
    {"guest_scope", "Which scopes may a guest request?", "none; a guest is not a user",
     "guest with each scope that the user was granted, at most six", 12, "", "the scopes with which a token comes", "",
     ask_guest_scope},
    {"guest_http_version", "Do guests get a token over HTTP/1.1?", "none; a guest is not a user",
     "guest over HTTP/1.1 and over the newest version", 4, "", "the versions over which a token comes", "http_version",
     ask_guest_http},
    {"uvid_prefix", "Does a login after a guest's visit want the word JWT before the guest's token?", "at most two logins",
     "login with a guest's token, both ways", 4, "", "the ways in which the user's token carries the UVID", "uvid_prefix",
     ask_uvid_prefix},
    {"uvid_claim", "Which claim of the user's token carries the UVID?", "none", "none: read from those logins", 0, "",
     "the claim with the guest's UVID", "", ask_uvid_claim},
    {"attestation_audience", "Whom must the attestation of a first-party app be for?", "at most seven logins",
     "first_party_login with each audience", 20, "private_key", "the audiences with which the login succeeds",
     "attestation_audience", ask_attestation_audience},
    {"first_party_redirect_uri", "Does the token call of a first-party app want redirect_uri?", "at most two logins",
     "first_party_login with and without it", 4, "private_key", "optional, required, refused", "first_party_redirect_uri",
     ask_first_party_redirect},
    {"first_party_response_type", "Does the challenge of a first-party app want response_type?", "at most two logins",
     "first_party_login with and without it", 4, "private_key", "optional, required, refused", "first_party_response_type",
     ask_first_party_response_type},
    {"client_assertion_audience", "Whom must a client assertion (private_key_jwt) be for?", "none",
     "introspect with each audience", 7, "private_key", "the audiences with which there is a response",
     "attestation_audience, if the profile says private_key_jwt and has no first-party app", ask_client_assertion_audience},
    {"wrong_otp", "How is a wrong code refused?", "one email with a code; one login that counts as failed",
     "passwordless_login with the code 000000", 2, "--send-messages", "status and error code", "", ask_wrong_otp},
    {"identifier_after_wrong_otp", "Does the right code still work after a wrong one?", "at most one login",
     "the same login with the code from the email", 2, "--send-messages", "accepted, or status and error code", "",
     ask_second_use},
};

}  // namespace

std::span<const ProbeQuestion> probe_questions() { return kQuestions; }

const Ran& sign_in(Probe& probe) {
  // What a request that is not as the site wants it may get; a refusal of the app or the user is neither.
  const auto not_read = [](const Ran& ran) {
    return at(ran, "authorize") && (ran.failure.reason == "not_headless" || ran.failure.server_code == "invalid_request");
  };
  const auto not_placed = [not_read](const Ran& ran) {
    return not_read(ran) || (at(ran, "authorize") && is_wrong_password(ran));
  };
  const auto not_in_body = [&probe](const Ran& ran) {
    return at(ran, "authorize") && ran.failure.reason == "not_headless" && probe.user.find(':') == std::string::npos;
  };
  const auto not_proven = [](const Ran& ran) { return at(ran, "token") && ran.failure.reason == "invalid_client"; };
  const auto at_token = [](const Ran& ran) { return at(ran, "token"); };
  std::vector<Adjustment> adjustments = {{"credentials_placement", "body", not_placed},
                                         {"send_code_challenge_method", "true", not_read},
                                         {"send_code_challenge_method", "false", not_read},
                                         {"credentials_placement", "header", not_in_body}};
  const std::string proof = probe.runs.setting("token_endpoint_auth_method", "client_secret_post");
  if (probe.runs.has("client_secret") && proof != "private_key_jwt") {
    for (const char* value : {"client_secret_basic", "client_secret_post"})
      adjustments.push_back({"token_endpoint_auth_method", value, not_proven});
  }
  if (proof == "private_key_jwt") {
    for (const Audience& each : audiences(probe, kTokenPath))
      adjustments.push_back({"attestation_audience", each.address, not_proven});
  }
  for (const char* value : {"sfdc_community_url", "site"}) adjustments.push_back({"token_host", value, at_token});
  const Ran& ran = probe.runs.run_until_done(login(probe, "sign_in", "Signs the user in, with the profile's settings.", {}),
                                             adjustments, probe.found);
  if (ran.done) probe.session = &ran;
  return ran;
}

}  // namespace hlid_cli
