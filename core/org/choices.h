// What an app and its org are to permit: what files are generated from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/spec.h"
#include "org/configuration.h"
#include "org/file.h"
#include "org/request.h"
#include "org/types.h"

namespace hlid::org {

// Summer '26: every production org has it.
inline constexpr int kDefaultApiVersion = 67;

struct Choices {
  std::string name;   // of the app, for other files and for APIs
  std::string label;  // for people
  AppKind kind = AppKind::external_client_app;
  bool public_client = false;
  std::vector<const FlowSpec*> flows;
  std::vector<std::string> redirect_uris;
  std::string contact_email;
  std::vector<std::string> permission_sets;  // empty: one is made
  std::string run_as_user;                   // user name of an integration user
  std::string certificate;                   // of the bearer flows: PEM, or its base64 body
  std::string attestation_certificate;       // of the first-party flows
  std::string asset_token_certificate;
  std::string asset_token_audiences;
  std::string asset_token_validity;
  std::string client_id;                 // of a connected app that is there
  std::vector<const ScopeSpec*> scopes;  // besides those that flows need
  std::string site;                      // the name of a Network
  std::string network;                   // its file, as the org has it
  std::string registration_profile;      // of users that register
  bool recaptcha = false;                // requests without a user are guarded by reCAPTCHA, not by an integration user's token
  bool login_hint = false;               // users are found by a class
  bool api_secrets = false;              // the org gives key and secret to its APIs
  std::string idp_issuer;                // of the tokens that are exchanged
  std::string idp_keys;                  // where their keys are
  std::string idp_audience;
  Files existing;  // of the project that the files go into
  int api_version = kDefaultApiVersion;
  bool mdapi = false;

  // By name; null: not among them.
  [[nodiscard]] bool has(std::string_view flow) const;
};

// ARGUMENT names the member that is wrong or missing.
Result<Choices> read_choices(std::string_view json);

}  // namespace hlid::org
