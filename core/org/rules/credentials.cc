// Credentials in files that get committed.
#include <algorithm>

#include "base/text.h"
#include "org/rules/rules.h"
#include "org/text_kinds.h"

namespace hlid::org {
namespace {

constexpr Rule kCommitted{
    "credential_in_file", Severity::warning,
    "A file that no .gitignore names holds a credential: client secret, reCAPTCHA secret key, key of a provider."};
constexpr Rule kClientId{
    "client_id_in_file", Severity::note,
    "A file that no .gitignore names holds the app's client_id. It is not secret, but differs from org to org."};
constexpr Rule kPrivateKey{"private_key_in_file", Severity::error,
                           "A private key is where a certificate, or nothing secret, belongs.", true};
constexpr Rule kSkipped{"file_is_not_deployed", Severity::note,
                        ".forceignore names the file: the Salesforce CLI does not deploy it, and what it says does not count."};
constexpr Rule kRules[] = {kCommitted, kClientId, kPrivateKey, kSkipped};

constexpr std::string_view kCredentials[] = {"consumerSecret", "recaptchaSecretKey", "ecKey"};

void look_at(Review& review, const Document& file, bool committed, const Element& element, const std::string& path) {
  for (const Element& child : element.children) {
    const std::string here = path.empty() ? child.name : join({path, ".", child.name});
    if (has_private_key(child.text)) {
      review.add(kPrivateKey, file, here, child.line, join({shown(child.name), " holds a private key."}),
                 "Put the certificate there, and create a new key pair: this key has been in a file.");
    } else if (committed && !child.text.empty()) {
      if (is_placeholder(child.text)) continue;
      if (std::find(std::begin(kCredentials), std::end(kCredentials), child.name) != std::end(kCredentials)) {
        review.add(
            kCommitted, file, here, child.line, join({child.name, " is in the file."}),
            "Name the file in .gitignore, or remove the credential. If the file has been committed, replace the credential.");
      } else if (child.name == "consumerKey") {
        review.add(kClientId, file, here, child.line, "consumerKey is in the file.",
                   "Name the file in .gitignore, or remove it.");
      }
    }
    look_at(review, file, committed, child, here);
  }
}

}  // namespace

std::span<const Rule> credential_rules() { return kRules; }

void check_credentials(Review& review) {
  for (const Document& file : review.configuration.documents()) {
    look_at(review, file, !review.configuration.ignored(".gitignore", file.path).value_or(false), file.root, "");
    if (!file.is_left_out) continue;
    const bool is_global = std::string_view(file.type->name) == "ExtlClntAppGlobalOauthSettings";
    review.add(kSkipped, file, "", 0,
               is_global
                   ? ".forceignore names this file, so that the app is deployed without it: without a key, callbacks and most "
                     "switches."
                   : ".forceignore names this file, so that it is not deployed with the rest.",
               is_global ? "Name it there only when it has been deployed and retrieved: then it has a consumerKey."
                         : "Remove that line, or deploy the file from a copy of the folder.");
  }
}

}  // namespace hlid::org
