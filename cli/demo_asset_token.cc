#include "cli/demo_asset_token.h"

#include <unistd.h>

#include "cli/report.h"
#include "cli/story.h"
#include "cli/streams.h"
#include "simulator/certificates.h"
#include "simulator/crypto.h"

namespace hlid_cli {
namespace {

using json = nlohmann::json;

constexpr const char* kDevice = "lamp-7";
constexpr const char* kName = "Asset token of lamp 7";
constexpr const char* kAsset = R"({"Name":"Lamp in the hall","SerialNumber":"SN-0007"})";
constexpr const char* kBackend = "https://devices.example.com";
constexpr size_t kShownOfValue = 60;

// One line a claim; a modulus is longer than anyone reads.
void show_claims(const json& claims) {
  for (const auto& [name, value] : claims.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.size() > kShownOfValue) text = text.substr(0, kShownOfValue) + "...";
    show_exchange(name + ": " + text);
  }
}

bool tell_registration(const json& left) {
  if (left.at("assets").size() != 1 || left.at("events").size() != 1) return false;
  const json& asset = left.at("assets").at(0);
  const json& event = left.at("events").at(0);
  paragraph("What the lamp signed, as the AssetTokenEvent has it that the org publishes to its subscribers:");
  show_claims(json::parse(event.at("ActorTokenPayload").get<std::string>()));
  conclude("The Asset " + asset.at("Id").get<std::string>() + ", \"" + asset.at("Name").get<std::string>() +
           "\", is new, and belongs to the device " + event.at("DeviceId").get<std::string>() + ".");
  return event.at("AssetId") == asset.at("Id") && event.at("DeviceId") == kDevice;
}

// Whether the holder of this key is the device that the asset token is for.
bool is_proof(const json& claims, std::string_view challenge, std::string_view signature) {
  const json& jwk = claims.at("cnf").at("jwk");
  const auto modulus = hlid_sim::from_base64(jwk.at("n").get<std::string>());
  const auto exponent = hlid_sim::from_base64(jwk.at("e").get<std::string>());
  const hlid_sim::Pkey key = modulus && exponent ? hlid_sim::rsa_public_key(*modulus, *exponent) : nullptr;
  return key && hlid_sim::verify_rs256(key.get(), challenge, signature);
}

bool tell_proof(const json& claims, const std::string& device_key) {
  const std::string challenge = hlid_sim::hex(hlid_sim::random_bytes(16));
  const auto signed_with = [&](const std::string& pem) {
    return hlid_sim::sign_rs256(hlid_sim::read_private_key(pem).get(), challenge);
  };
  paragraph("The backend sends the lamp " + challenge + ", and the lamp signs it. The key to verify with is in the asset token.");
  const bool proven = is_proof(claims, challenge, signed_with(device_key));
  conclude(proven ? "The signature fits: this is lamp-7." : "The signature does not fit.");
  const bool copied = is_proof(claims, challenge, signed_with(hlid_sim::make_app_key("a copy").private_pem));
  conclude(copied ? "Another device passes for it."
                  : "Another device, with a copy of the token and a key of its own, is refused.");
  return proven && !copied;
}

}  // namespace

bool tell_asset_token(hlid_sim::Simulator& simulator) {
  const json org = simulator.description();
  const json& user = org.at("users").at(0);
  Values settings = {{"site", org.at("site").get<std::string>()},
                     {"client_id", org.at("apps").at(0).at("client_id").get<std::string>()},
                     {"redirect_uri", org.at("apps").at(0).at("redirect_uri").get<std::string>()},
                     {"ca_file", org.at("ca_file").get<std::string>()}};

  say(bold("headlessid demo: a lamp gets a token of its own, and proves that it is that lamp", STDOUT_FILENO));
  write_output("\n");
  paragraph("A simulated org listens at " + org.at("origin").get<std::string>() +
            ". Lines with > were sent, lines with < received; secrets are dots. Salesforce does not document the response of "
            "this flow in full: it is experimental.");

  chapter("The owner signs in");
  paragraph("An asset token begins with the access token of a user, with the scopes api and openid. Any flow gets one.");
  const Values session = StoryApp(settings).run(
      "login", {{"username", user.at("username").get<std::string>()}, {"password", user.at("password").get<std::string>()}});
  conclude("The owner's scopes: " + session.at("scope") + ".");

  chapter("The lamp says what it is");
  paragraph(
      "The lamp makes a key pair; the private half never leaves it. It signs an actor token: its id, the Asset that it is, and the "
      "public half. The owner's token and this one go to the org in one request, which is sent once.");
  const std::string device_key = hlid_sim::make_app_key(kDevice).private_pem;
  settings["site"] = org.at("origin").get<std::string>();
  const Values token = StoryApp(settings).run(
      "asset_token", {{"subject_token", session.at("access_token")},
                      {"device_key", device_key},
                      {"did", kDevice},
                      {"name", kName},
                      {"asset", kAsset},
                      {"asset_token_certificate", simulator.asset_tokens().at("certificate").get<std::string>()},
                      {"asset_token_audience", kBackend}});
  conclude("An asset token for " + token.at("did") + ", good until " + time_of(token.at("expires_at_ms")) + ".");

  chapter("The org registers the lamp");
  const bool registered = tell_registration(simulator.asset_tokens());

  chapter("The backend reads the token");
  paragraph("The org does not publish the key that signs asset tokens: the backend has the certificate from Setup.");
  const json claims = json::parse(token.at("claims"));
  show_claims(claims);
  const bool verified = token.at("verified") == "true";
  conclude((verified ? "Verified with the certificate " : "Not verified with the certificate ") + token.at("kid") + ": for " +
           token.at("aud") + ", and bound to the key with the thumbprint " + token.at("key_thumbprint") + ".");

  chapter("The lamp proves that it has the key");
  const bool proven = tell_proof(claims, device_key);

  write_output("\n");
  const bool good = registered && verified && proven;
  write_output(good ? bold("   The token is of use to one lamp only: the one that has the key.", STDOUT_FILENO) + "\n"
                    : "   This is not how the story should end: the token is not what it should be.\n");
  return good;
}

}  // namespace hlid_cli
