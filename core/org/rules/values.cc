// Values: whether an element may hold them.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "org/forms.h"
#include "org/rules/rules.h"
#include "org/text_kinds.h"

namespace hlid::org {
namespace {

constexpr Rule kBoolean{"wrong_boolean", Severity::error, "A switch is neither true nor false.", true};
constexpr Rule kNumber{"wrong_number", Severity::error, "A value is not a number, or is out of range.", true};
constexpr Rule kTimeout{
    "timeout_not_in_enum", Severity::error,
    "The timeout of a JWT is 1, 5, 10, 15 or 30 minutes; since API version 65 also 60, 90, 120, 240, 480 or 720.", true};
constexpr Rule kChoice{"wrong_choice", Severity::error,
                       "The element does not accept this value. Some public templates use wrong ones, such as Packageable.",
                       true};
constexpr Rule kOtherKind{
    "choice_of_other_kind", Severity::error,
    "The value is spelt as in the other kind of app: external client apps have Enforce_RelaxRefresh, connected apps ENFORCE_RELAXREFRESH.",
    true};
constexpr Rule kWireScope{"scope_in_wire_spelling", Severity::error,
                          "Metadata has its own words for scopes: RefreshToken, not refresh_token.", true};
constexpr Rule kScope{"unknown_scope", Severity::error, "There is no such scope.", true};
constexpr Rule kScopeKind{
    "scope_of_other_kind", Severity::error,
    "The two kinds of app have different scopes, and spell one of them differently: SFApiPlatform and SFAP.", true};
constexpr Rule kRefreshPolicy{"wrong_refresh_policy", Severity::error,
                              "The refresh token policy is incomplete, or not written as this kind of app writes it.", true};
constexpr Rule kCertificate{"wrong_certificate", Severity::error,
                            "A certificate is armoured PEM, or its base64 body alone; line breaks may be anywhere.", true};
constexpr Rule kCallback{
    "wrong_callback", Severity::error,
    "Each callback is on a line of its own and has a scheme: https, a scheme of the app's own, or http on localhost. An app needs at least one.",
    true};
constexpr Rule kPlaceholder{"placeholder_value", Severity::warning,
                            "A template's placeholder is still there instead of a value; the org would use it literally."};
constexpr Rule kRules[] = {kPlaceholder, kBoolean, kNumber,    kTimeout,       kChoice,      kOtherKind,
                           kWireScope,   kScope,   kScopeKind, kRefreshPolicy, kCertificate, kCallback};

struct WrongWord {
  std::string_view element;
  std::string_view wrong;
  std::string_view right;
};
constexpr WrongWord kWrongWords[] = {
    {"distributionState", "Packageable", "Packaged"},
    {"permittedUsersPolicyType", "AdminApproved", "AdminApprovedPreAuthorized"},
    {"permittedUsersPolicyType", "AllUsersMaySelfAuthorize", "AllSelfAuthorized"},
    {"permittedUsersPolicyType", "AdminPreApproved", "AdminApprovedPreAuthorized"},
    {"permittedUsersPolicyType", "SelfAuthorized", "AllSelfAuthorized"},
};

struct Range {
  std::string_view element;
  int low;
  int high;
};
constexpr Range kRanges[] = {{"idTokenValidityInMinutes", 1, 720}, {"idTokenValidity", 1, 720}};

constexpr std::string_view kUnits[] = {"HOURS", "DAYS", "MONTHS"};

std::string joined(std::span<const char* const> words) {
  std::string out;
  for (const char* word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

// An element and the place where it stands.
struct At {
  Review& review;
  const Document& file;
  const ElementSpec& spec;
  const Element& element;
  const std::string& path;

  void add(const Rule& rule, std::string_view message, std::string_view change, int line = 0) const {
    review.add(rule, file, path, line == 0 ? element.line : line, message, change);
  }
  [[nodiscard]] bool of_connected_app() const { return std::string_view(file.type->name) == "ConnectedApp"; }
};

void check_choice(const At& at) {
  const std::string_view text = at.element.text;
  const auto choices = at.spec.choices;
  if (std::any_of(choices.begin(), choices.end(), [&](const char* one) { return text == one; })) return;
  // One org spells it so in a message of its own.
  if (text == "Enforce_relaxrefresh") return;
  for (const WrongWord& word : kWrongWords) {
    if (word.element == at.spec.name && equals_ignoring_case(word.wrong, text)) {
      at.add(kChoice, join({at.spec.name, " cannot be ", shown(text), ": ", word.right, " is meant."}),
             join({"Write ", word.right, "."}));
      return;
    }
  }
  for (const char* choice : choices) {
    if (!equals_ignoring_case(choice, text)) continue;
    const ElementRef twin = twin_of(*at.file.type, at.spec);
    const bool of_other = twin && std::any_of(twin.element->choices.begin(), twin.element->choices.end(),
                                              [&](const char* one) { return text == one; });
    at.add(of_other ? kOtherKind : kChoice,
           of_other ? join({shown(text), " is how ", at.of_connected_app() ? "an external client app" : "a connected app",
                            " spells it."})
                    : join({at.spec.name, " is ", shown(text), ", which is spelt ", choice, "."}),
           join({"Write ", choice, "."}));
    return;
  }
  std::vector<std::string_view> words(choices.begin(), choices.end());
  const std::string_view nearest = nearest_word(text, words);
  at.add(kChoice, join({at.spec.name, " is ", shown(text), "."}),
         nearest.empty() ? join({"Write one of: ", joined(choices), "."})
                         : join({"Did you mean ", nearest, "? It accepts ", joined(choices), "."}));
}

void check_number(const At& at) {
  const auto number = read_decimal(at.element.text);
  if (!number) {
    at.add(kNumber, join({at.spec.name, " is ", shown(at.element.text), ", which is not a whole number."}),
           "Write digits alone.");
    return;
  }
  if (!at.spec.choices.empty()) {
    const auto choices = at.spec.choices;
    if (std::none_of(choices.begin(), choices.end(), [&](const char* one) { return at.element.text == one; })) {
      at.add(kTimeout, join({at.spec.name, " is ", shown(at.element.text), "."}), join({"Write one of: ", joined(choices), "."}));
    }
    return;
  }
  for (const Range& range : kRanges) {
    if (range.element != at.spec.name || (*number >= range.low && *number <= range.high)) continue;
    at.add(kNumber, join({at.spec.name, " is ", shown(at.element.text), "."}),
           join({"It must be from ", std::to_string(range.low), " to ", std::to_string(range.high), "."}));
  }
}

// reCAPTCHA's score: 0.5 to 1.
void check_score(const At& at) {
  const std::string_view text = at.element.text;
  const std::string_view digits = text.substr(std::min<size_t>(2, text.size()));
  const bool digits_only = digits.find_first_not_of("0123456789") == std::string_view::npos;
  const bool one = text == "1" || (text.starts_with("1.") && digits.find_first_not_of('0') == std::string_view::npos);
  const bool below = text.starts_with("0.") && !digits.empty() && digits.front() >= '5' && digits_only;
  if (!one && !below) at.add(kNumber, join({at.spec.name, " is ", shown(text), "."}), "It must be from 0.5 to 1.");
}

void check_scope(const At& at, std::string_view word, int line) {
  const bool connected = at.of_connected_app();
  const ScopeSpec* scope = find_scope(word);
  if (scope == nullptr) {
    std::vector<std::string_view> words(at.spec.choices.begin(), at.spec.choices.end());
    const std::string_view nearest = nearest_word(word, words);
    at.add(kScope, join({"There is no scope ", shown(word), "."}),
           nearest.empty() ? std::string("Remove it, or use commaSeparatedCustomScopes for one of your own.")
                           : join({"Did you mean ", nearest, "?"}),
           line);
    return;
  }
  if (connected ? !scope->connected_app : !scope->client_app) {
    at.add(kScopeKind,
           join({"Only ", connected ? "external client apps" : "connected apps", " have the scope ", scope->metadata, "."}),
           "Remove it.", line);
    return;
  }
  const std::string_view right = word_of(*scope, connected);
  if (word == right) return;
  const std::string_view other = word_of(*scope, !connected);
  if (word == other) {
    at.add(kScopeKind, join({shown(word), " is how ", connected ? "an external client app" : "a connected app", " spells it."}),
           join({"Write ", right, "."}), line);
    return;
  }
  at.add(kWireScope, join({shown(word), " is the spelling of requests, not of metadata."}), join({"Write ", right, "."}), line);
}

void check_scopes(const At& at) {
  std::string_view rest = at.element.text;
  int line = at.element.line;
  while (!rest.empty() && !at.review.is_full(at.file)) {
    const size_t end = rest.find(',');
    std::string_view word = rest.substr(0, end);
    const size_t first = word.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) {
      const auto skipped = word.substr(0, first);
      const int at_line = line + static_cast<int>(std::count(skipped.begin(), skipped.end(), '\n'));
      check_scope(at, word.substr(first, word.find_last_not_of(" \t\r\n") + 1 - first), at_line);
    }
    line += static_cast<int>(std::count(word.begin(), word.end(), '\n'));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
}

void check_callback(const At& at, std::string_view address, int line) {
  switch (callback_fault(address)) {
    case CallbackFault::none: break;
    case CallbackFault::several:
      at.add(kCallback, "Two callbacks are on one line.", "Put each on a line of its own.", line);
      break;
    case CallbackFault::no_scheme:
      at.add(kCallback, join({shown(address), " has no scheme."}), "Write the whole address, as redirect_uri has it.", line);
      break;
    case CallbackFault::not_encrypted:
      at.add(kCallback, join({shown(address), " is not encrypted."}), "Use https: http is for localhost alone.", line);
      break;
  }
}

void check_callbacks(const At& at) {
  if (at.element.text.empty()) {
    at.add(kCallback, "The app has no callback.", "Add one: the org requires it even of apps that do not use it.");
    return;
  }
  std::string_view rest = at.element.text;
  int line = at.element.line;
  while (!rest.empty() && !at.review.is_full(at.file)) {
    const size_t end = rest.find('\n');
    std::string_view address = rest.substr(0, end);
    const size_t first = address.find_first_not_of(" \t\r");
    if (first != std::string_view::npos) {
      check_callback(at, address.substr(first, address.find_last_not_of(" \t\r") + 1 - first), line);
    }
    ++line;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
}

// "specific_lifetime:30:DAYS"
void check_refresh_policy(const At& at) {
  const std::string_view text = at.element.text;
  if (text == "infinite" || text == "zero") return;
  const size_t first = text.find(':');
  const size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second != std::string_view::npos) {
    const std::string_view word = text.substr(0, first);
    const std::string_view unit = text.substr(second + 1);
    const bool known = (word == "specific_lifetime" || word == "specific_inactivity") &&
                       std::find(std::begin(kUnits), std::end(kUnits), unit) != std::end(kUnits);
    if (known && read_decimal(text.substr(first + 1, second - first - 1)).value_or(0) > 0) return;
  }
  at.add(kRefreshPolicy, join({"refreshTokenPolicy is ", shown(text), "."}),
         "Write infinite, zero, specific_lifetime:30:DAYS or specific_inactivity:30:DAYS (or HOURS, MONTHS).");
}

// The parts of a policy that has them in elements of their own.
void check_refresh_elements(Review& review, const Document& file) {
  const Value type = Configuration::value_in(file, "refreshTokenPolicyType");
  if (type.given != Given::given || (!type.is("SpecificLifetime") && !type.is("SpecificInactivity"))) return;
  for (const char* part : {"refreshTokenValidityPeriod", "refreshTokenValidityUnit"}) {
    if (Configuration::value_in(file, part).present()) continue;
    review.add(kRefreshPolicy, file, "refreshTokenPolicyType", type.line, join({type.text, " lacks its ", part, "."}),
               join({"Add ", part, "."}));
  }
}

void check_certificate(const At& at) {
  if (at.element.text.empty()) return;
  switch (certificate_fault(at.element.text)) {
    case CertificateFault::none:
    // Its own rule says so.
    case CertificateFault::private_key: break;
    case CertificateFault::other_pem:
      at.add(kCertificate, "This is PEM, but not a certificate.",
             "Put the certificate here, from BEGIN CERTIFICATE to END CERTIFICATE.");
      break;
    case CertificateFault::not_base64:
      at.add(kCertificate, "This is not a certificate in base64.",
             "Put the whole certificate here, with or without BEGIN and END.");
      break;
  }
}

void check_value(const At& at) {
  // Its own rule names a private key, and no other finding shows a part of it.
  if (at.element.nil || has_private_key(at.element.text)) return;
  if (at.spec.children.empty() && is_placeholder(at.element.text)) {
    at.add(kPlaceholder,
           join({at.spec.name, " is a placeholder", at.spec.secret ? "" : ": ",
                 at.spec.secret ? std::string() : shown(at.element.text), "."}),
           "Put the value there, let the deployment replace it, or remove the element.");
    return;
  }
  const std::string_view name = at.spec.name;
  const std::string_view type = at.file.type->name;
  switch (at.spec.kind) {
    case ElementKind::boolean:
      if (at.element.text != "true" && at.element.text != "false") {
        at.add(kBoolean, join({name, " is ", shown(at.element.text), "."}), "Write true or false.");
      }
      break;
    case ElementKind::integer: check_number(at); break;
    case ElementKind::decimal:
      if (name == "recaptchaScoreThreshold") check_score(at);
      break;
    case ElementKind::choice:
      if (name == "scopes" && type == "ConnectedApp") {
        check_scope(at, at.element.text, at.element.line);
      } else {
        check_choice(at);
      }
      break;
    case ElementKind::comma_list:
      if (!at.spec.choices.empty()) check_scopes(at);
      break;
    case ElementKind::lines: check_callbacks(at); break;
    case ElementKind::text:
      if (name == "refreshTokenPolicy") check_refresh_policy(at);
      if (name == "certificate" && (type == "ConnectedApp" || type == "ExtlClntAppGlobalOauthSettings")) check_certificate(at);
      break;
    case ElementKind::group:
    case ElementKind::other: break;
  }
}

void check_children(Review& review, const Document& file, std::span<const ElementSpec> known, const Element& parent,
                    const std::string& path) {
  for (const Element& child : parent.children) {
    if (review.is_full(file)) return;
    for (const ElementSpec& spec : known) {
      if (spec.name != child.name) continue;
      const std::string here = path.empty() ? child.name : join({path, ".", child.name});
      check_value({review, file, spec, child, here});
      if (spec.kind == ElementKind::group) check_children(review, file, spec.children, child, here);
      break;
    }
  }
}

}  // namespace

void add_meant_values(std::string_view wrong, std::vector<std::string_view>& out) {
  for (const WrongWord& word : kWrongWords) {
    if (equals_ignoring_case(wrong, word.wrong)) out.push_back(word.right);
  }
}

std::span<const Rule> value_rules() { return kRules; }

void check_values(Review& review) {
  for (const Document& file : review.configuration.documents()) {
    check_children(review, file, file.type->elements, file.root, "");
    const std::string_view type = file.type->name;
    if (type == "ExtlClntAppOauthConfigurablePolicies") check_refresh_elements(review, file);
    if (type == "ExtlClntAppGlobalOauthSettings" && file.root.find("callbackUrl") == nullptr) {
      review.add(kCallback, file, "callbackUrl", file.root.line, "The app has no callback.",
                 "Add one: the org requires it even of apps that do not use it.");
    }
  }
}

}  // namespace hlid::org
