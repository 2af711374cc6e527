#include "org/choices.h"

#include <algorithm>

#include "base/text.h"
#include "flows/registry.h"
#include "org/forms.h"
#include "org/zip.h"

namespace hlid::org {
namespace {

constexpr size_t kMaxName = 40;  // of an Apex class, which is named after the app
constexpr size_t kMaxLabel = 80;
constexpr size_t kMaxText = 16 * 1024;
constexpr int kFirstVersion = 59;  // of external client apps
constexpr int kLastVersion = 99;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// As Salesforce checks developer names.
bool is_developer_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && is_letter(name.front()) && name.back() != '_' &&
         name.find("__") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// "AcmeShop" and "Acme_Shop" for people: "Acme Shop".
std::string label_of(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_') {
      out.push_back(' ');
      continue;
    }
    const bool capital = name[i] >= 'A' && name[i] <= 'Z';
    const bool after_small = i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z';
    if (capital && after_small) out.push_back(' ');
    out.push_back(name[i]);
  }
  return out;
}

class Reading {
 public:
  explicit Reading(std::string_view json)
      : in_(json, {"name",
                   "label",
                   "kind",
                   "client",
                   "flows",
                   "redirect_uris",
                   "contact_email",
                   "permission_sets",
                   "run_as_user",
                   "certificate",
                   "attestation_certificate",
                   "asset_token_certificate",
                   "asset_token_audiences",
                   "asset_token_validity",
                   "client_id",
                   "scopes",
                   "site",
                   "network",
                   "registration_profile",
                   "recaptcha",
                   "login_hint",
                   "api_secrets",
                   "idp_issuer",
                   "idp_keys",
                   "idp_audience",
                   "existing",
                   "api_version",
                   "format"}) {}

  Result<Choices> all() {
    names();
    flows();
    addresses();
    out_.permission_sets = developer_names("permission_sets");
    out_.run_as_user = line("run_as_user");
    if (!out_.run_as_user.empty() && out_.run_as_user.find('@') == std::string::npos) {
      in_.refuse("run_as_user", "must be a user name, which has the form of an email address");
    }
    out_.certificate = certificate("certificate");
    out_.attestation_certificate = certificate("attestation_certificate");
    out_.asset_token_certificate = line("asset_token_certificate");
    out_.asset_token_audiences = line("asset_token_audiences");
    out_.asset_token_validity = digits("asset_token_validity");
    out_.client_id = line("client_id");
    scopes();
    out_.site = line("site");
    if (!out_.site.empty() && (out_.site.find('/') != std::string::npos || !path_fault(out_.site).empty())) {
      in_.refuse("site", "must be the name of a Network, which is that of its file");
    }
    out_.network = in_.text("network");
    if (!out_.network.empty() && out_.site.empty())
      in_.refuse("site", "is missing: it names the site that `network` is the file of");
    out_.registration_profile = line("registration_profile");
    out_.recaptcha = in_.flag("recaptcha");
    out_.login_hint = in_.flag("login_hint");
    out_.api_secrets = in_.flag("api_secrets");
    out_.idp_issuer = line("idp_issuer");
    out_.idp_keys = line("idp_keys");
    out_.idp_audience = line("idp_audience");
    existing();
    out_.api_version = in_.integer("api_version", kDefaultApiVersion);
    if (out_.api_version < kFirstVersion || out_.api_version > kLastVersion) in_.refuse("api_version", "must be 59 to 99");
    out_.mdapi = one_of("format", "source", "mdapi") == "mdapi";
    if (!in_.good()) return in_.take_fault();
    return std::move(out_);
  }

 private:
  void names() {
    out_.name = in_.text("name");
    if (in_.good() && out_.name.empty()) in_.refuse("name", "is missing");
    if (!is_developer_name(out_.name)) {
      in_.refuse("name", "must be letters, digits and single underscores, begin with a letter and have at most 40 characters");
    }
    out_.label = line("label");
    if (out_.label.empty()) out_.label = label_of(out_.name);
    if (out_.label.size() > kMaxLabel) in_.refuse("label", "is longer than 80 bytes");
    const std::string_view kind = one_of("kind", "external_client_app", "connected_app");
    out_.kind = kind == "connected_app" ? AppKind::connected_app : AppKind::external_client_app;
    out_.public_client = one_of("client", "private", "public") == "public";
    out_.contact_email = line("contact_email");
    if (out_.contact_email.find('@') == std::string::npos) in_.refuse("contact_email", "must be an email address");
  }

  void flows() {
    for (const std::string_view name : in_.texts("flows")) {
      const FlowSpec* flow = find_flow(name);
      if (flow == nullptr) {
        in_.refuse("flows", join({"has \"", escape_for_display(name, 64), "\", which is not a flow"}));
      } else if (!out_.has(name)) {
        out_.flows.push_back(flow);
      }
    }
    if (out_.flows.empty()) in_.refuse("flows", "is missing: name at least one flow");
  }

  void addresses() {
    for (const std::string_view uri : in_.texts("redirect_uris")) {
      const CallbackFault fault = callback_fault(uri);
      if (fault == CallbackFault::not_encrypted) {
        in_.refuse("redirect_uris",
                   join({"has ", escape_for_display(uri, 128), ", which is not encrypted: http is for localhost alone"}));
      } else if (fault != CallbackFault::none || !is_visible_ascii(uri) || uri.size() > 2000) {
        in_.refuse("redirect_uris", "must be absolute addresses, one in each text, such as https://app.example.com/callback");
      }
      out_.redirect_uris.emplace_back(uri);
    }
  }

  void scopes() {
    for (const std::string_view word : in_.texts("scopes")) {
      const ScopeSpec* scope = find_scope(word);
      const bool connected_app = out_.kind == AppKind::connected_app;
      if (scope == nullptr || !(connected_app ? scope->connected_app : scope->client_app)) {
        in_.refuse("scopes", join({"has \"", escape_for_display(word, 64), "\", which is not a scope of such an app"}));
      } else {
        out_.scopes.push_back(scope);
      }
    }
  }

  std::vector<std::string> developer_names(std::string_view name) {
    std::vector<std::string> out;
    for (const std::string_view one : in_.texts(name)) {
      if (one.find_first_of(",\r\n") != std::string_view::npos) in_.refuse(name, "must be names, one in each text");
      out.emplace_back(one);
    }
    return out;
  }

  std::string certificate(std::string_view name) {
    std::string out = text(name);
    if (out.empty()) return out;
    switch (certificate_fault(out)) {
      case CertificateFault::none: break;
      case CertificateFault::private_key: in_.refuse(name, "has a private key: give the certificate alone"); break;
      default: in_.refuse(name, "must be a certificate: PEM, or its base64 body");
    }
    // What follows the first certificate is not the app's.
    constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
    if (const size_t end = out.find(kEnd); end != std::string::npos) out.resize(end + kEnd.size());
    return out;
  }

  void existing() {
    const auto list = in_.value("existing");
    if (!list) return;
    if (!list->is_array()) in_.refuse("existing", "must be a list of files");
    for (const JsonValue& item : list->items()) {
      const auto path = item.text("path");
      const auto text = item.text("text");
      if (!path || !text || !path_fault(*path).empty()) {
        in_.refuse("existing", "must have objects with path, which is below a folder, and text");
        return;
      }
      out_.existing.push_back({std::string(*path), std::string(*text)});
    }
  }

  std::string text(std::string_view name) {
    const std::string_view text = in_.text(name);
    if (text.size() > kMaxText) in_.refuse(name, "is longer than 16 KiB");
    if (text.find("PRIVATE KEY-----") != std::string_view::npos)
      in_.refuse(name, "has a private key, which belongs into no file of an org");
    // Not of XML.
    if (text.find("\xEF\xBF\xBE") != std::string_view::npos || text.find("\xEF\xBF\xBF") != std::string_view::npos)
      in_.refuse(name, "has a character that XML does not have");
    return std::string(text);
  }
  std::string line(std::string_view name) {
    std::string out = text(name);
    if (has_control(out)) in_.refuse(name, "must be one line");
    return out;
  }
  std::string digits(std::string_view name) {
    const auto value = in_.value(name);
    if (!value) return {};
    const auto number = value->as_text() ? read_decimal(*value->as_text()) : value->as_integer();
    if (!number || *number <= 0) in_.refuse(name, "must be a whole number greater than 0");
    return number ? std::to_string(*number) : std::string();
  }
  // The first is the default.
  std::string_view one_of(std::string_view name, std::string_view first, std::string_view second) {
    const std::string_view given = in_.text(name);
    if (!given.empty() && given != first && given != second) in_.refuse(name, join({"must be ", first, " or ", second}));
    return given.empty() ? first : given;
  }

  RequestReader in_;
  Choices out_;
};

}  // namespace

bool Choices::has(std::string_view flow) const {
  return std::any_of(flows.begin(), flows.end(), [&](const FlowSpec* one) { return flow == one->name; });
}

Result<Choices> read_choices(std::string_view json) { return Reading(json).all(); }

}  // namespace hlid::org
