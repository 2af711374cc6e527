// site.h: a simulated org for one test, and a client that can send it anything, right or wrong.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <csignal>

#include <httplib.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "simulator/crypto.h"
#include "simulator/simulator.h"
#include "simulator/wire.h"

namespace hlid_sim_test {

using hlid_sim::json;
using Fields = std::map<std::string, std::string>;
// cpp-httplib's client goes on writing after the server has closed.
inline const auto kNoPipeSignal = std::signal(SIGPIPE, SIG_IGN);

using Headers = httplib::Headers;

inline const std::string kPublic = "3MVG9Example.PublicClient";
inline const std::string kPrivate = "3MVG9Example.PrivateClient";
inline const std::string kIntegration = "3MVG9Example.IntegrationClient";
inline const std::string kFirstParty = "3MVG9Example.FirstPartyClient";
inline const std::string kCallback = "https://app.example.com/callback";
inline const std::string kLena = "lena.ortiz@example.com";
inline const std::string kLenasPassword = "P4ss+w&rd=1:x";
inline const std::string kVerifier = "kV7m2Qx0cT4bN9sYpLr3Zf8WdHj6Ga1uEoXiRtKyMvQ";
inline const std::string kChallenge = "ekyqF_usRyEPD2rzjqYoLG_BR3x8hYq5vVYVbOswpxc";
inline const std::string kUvid = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";

struct Reply {
  int status = 0;  // 0: no response
  std::string body;
  Headers headers;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  json object() const { return json::parse(body, nullptr, false); }
  std::string error() const {
    const json value = object();
    return value.is_object() ? value.value("error", "") : "";
  }
  std::string description() const {
    const json value = object();
    return value.is_object() ? value.value("error_description", "") : "";
  }
  bool is_login_page() const {
    return header("Content-Type").starts_with("text/html") && body.find("<form") != std::string::npos;
  }
};

inline std::string form(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : "&") + hlid_sim::form_encode(name) + "=" + hlid_sim::form_encode(value);
  return out;
}

inline Fields with(Fields fields, const std::string& name, const std::string& value) {
  fields[name] = value;
  return fields;
}
inline Fields without(Fields fields, const std::string& name) {
  fields.erase(name);
  return fields;
}

// The query of a redirect. httplib's client has percent-decoded the header already; that it was encoded is tested
// once, on the bytes.
inline Fields query_of(const std::string& url) {
  Fields out;
  for (size_t at = url.find('?'); at != std::string::npos; at = url.find('&', at + 1)) {
    const size_t equals = url.find('=', at);
    out[url.substr(at + 1, equals - at - 1)] = url.substr(equals + 1, url.find('&', at + 1) - equals - 1);
  }
  return out;
}

inline json jwt_part(const std::string& token, int index) {
  size_t from = 0;
  for (int i = 0; i < index; ++i) from = token.find('.', from) + 1;
  const auto text = hlid_sim::from_base64(token.substr(from, token.find('.', from) - from));
  return text ? json::parse(*text, nullptr, false) : json();
}
inline json claims_of(const std::string& token) { return jwt_part(token, 1); }

class Site : public ::testing::Test {
 protected:
  static constexpr int64_t kStart = 1'767'225'600'000;

  void start(hlid_sim::Options options = hlid_sim::default_options()) {
    options.now_ms = [] { return kStart; };
    sim_ = hlid_sim::Simulator::start(std::move(options));
    client_ = std::make_unique<httplib::Client>("127.0.0.1", sim_->port());
    client_->set_keep_alive(true);
    client_->set_tcp_nodelay(true);
  }
  void SetUp() override { start(); }

  void change(const std::string& patch) { sim_->change(json::parse(patch)); }
  void change_app(const std::string& client_id, json patch) {
    patch["client_id"] = client_id;
    sim_->change({{"apps", {patch}}});
  }
  void advance_minutes(int64_t minutes) { sim_->advance_ms(minutes * 60'000); }

  static Reply reply(const httplib::Result& result) {
    if (!result) return {};
    return {result->status, result->body, result->headers};
  }
  Reply post_raw(const std::string& path, const std::string& body, const Headers& headers = {},
                 const char* type = "application/x-www-form-urlencoded") {
    return reply(client_->Post(path, headers, body, type));
  }
  Reply post(const std::string& path, const Fields& fields, const Headers& headers = {}) {
    return post_raw("/shop" + path, form(fields), headers);
  }
  Reply get(const std::string& path, const Headers& headers = {}) { return reply(client_->Get("/shop" + path, headers)); }
  Reply control(const std::string& what, const json& body) {
    return post_raw("/__sim/" + what, body.dump(), {}, "application/json");
  }
  Reply control(const std::string& what) { return reply(client_->Get("/__sim/" + what)); }

  Reply post_json(const std::string& path, const json& body, const Headers& headers = {}) {
    return post_raw("/shop" + path, body.dump(), headers, "application/json");
  }
  Reply init_registration(const json& body, const Headers& headers = {}) {
    return post_json("/services/auth/headless/init/registration", body, headers);
  }
  Reply init_passwordless(const json& body, const Headers& headers = {}) {
    return post_json("/services/auth/headless/init/passwordless/login", body, headers);
  }
  Reply forgot_password(const json& body, const Headers& headers = {}) {
    return post_json("/services/auth/headless/forgot_password", body, headers);
  }
  json outbox(const std::string& to = "") {
    return control("outbox" + (to.empty() ? "" : "?to=" + hlid_sim::form_encode(to))).object()["messages"];
  }
  // The code in the last message to an address or a username; empty where there is none.
  std::string last_otp(const std::string& to = "") {
    const json messages = outbox(to);
    return messages.empty() ? "" : messages.back()["otp"].get<std::string>();
  }
  int64_t uses_of(const std::string& value) { return control("seen", {{"value", value}}).object()["count"].get<int64_t>(); }
  void setting(const char* name, const json& value) { sim_->change({{"settings", {{name, value}}}}); }
  void change_user(const std::string& username, json patch) {
    patch["username"] = username;
    sim_->change({{"users", {patch}}});
  }

  // A JWT signed as an app would; `pem` empty: with the app's own key.
  json claims_for(const std::string& client_id, int64_t lifetime_s = 180) const {
    return {{"iss", client_id}, {"aud", sim_->site()}, {"exp", kStart / 1000 + lifetime_s}};
  }
  std::string sign(const std::string& client_id, const json& claims, const json& header = {{"alg", "RS256"}}) {
    const json apps = sim_->description()["apps"];
    std::string pem;
    for (const json& app : apps) {
      if (app["client_id"] == client_id) pem = app["private_key"];
    }
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const hlid_sim::Pkey key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
    EXPECT_TRUE(key) << client_id;
    const std::string text = hlid_sim::base64url(header.dump()) + "." + hlid_sim::base64url(claims.dump());
    return text + "." + hlid_sim::base64url(hlid_sim::sign_rs256(key.get(), text));
  }
  std::string secret_of(const std::string& client_id) {
    const json apps = sim_->description()["apps"];
    for (const json& app : apps) {
      if (app["client_id"] == client_id) return app["client_secret"];
    }
    return "";
  }

  // Correct requests, for a test to change in one place.
  static Headers named() { return {{"Auth-Request-Type", "Named-User"}}; }
  static Headers guest_at_authorize(const std::string& hint = "UVID " + kUvid) {
    return {{"Auth-Request-Type", "guest"}, {"Uvid-Hint", hint}};
  }
  static Headers guest_at_token(const std::string& hint = kUvid) { return {{"Auth-Request-Type", "guest"}, {"Uvid-Hint", hint}}; }
  static Fields authorize_fields(const std::string& client_id = kPublic) {
    return {{"response_type", "code_credentials"},
            {"client_id", client_id},
            {"redirect_uri", kCallback},
            {"code_challenge", kChallenge},
            {"state", "q81Zs"}};
  }
  static Headers with_otp(const std::string& type, const std::string& identifier, const std::string& otp,
                          const std::string& method = "email") {
    return {{"Auth-Request-Type", type},
            {"Auth-Verification-Type", method},
            {"Authorization", "Basic " + hlid_sim::base64(identifier + ":" + otp)}};
  }
  static Fields login_fields(const std::string& client_id = kPublic) {
    return with(with(authorize_fields(client_id), "username", kLena), "password", kLenasPassword);
  }
  static Fields token_fields(const std::string& code, const std::string& client_id = kPublic) {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"client_id", client_id},
            {"redirect_uri", kCallback},
            {"code_verifier", kVerifier}};
  }
  // The line that every request of raw() must have.
  std::string host() const { return "Host: localhost:" + std::to_string(sim_->port()) + "\r\n"; }
  // The whole response as it came. `later` is sent after the first bytes of it have arrived.
  std::string raw(const std::string& request, std::string later = "") {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(sim_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(socket, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::string out;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      out.append(buffer, static_cast<size_t>(count));
      if (!later.empty()) {
        EXPECT_EQ(::send(socket, later.data(), later.size(), 0), static_cast<ssize_t>(later.size()));
      }
      later.clear();
    }
    ::close(socket);
    return out;
  }

  Reply authorize(const Fields& fields, const Headers& headers) { return post("/services/oauth2/authorize", fields, headers); }
  Reply token(const Fields& fields, const Headers& headers = {}) { return post("/services/oauth2/token", fields, headers); }

  std::string code_of(const Reply& authorized) {
    EXPECT_EQ(authorized.status, 302) << authorized.body;
    return query_of(authorized.header("Location"))["code"];
  }
  std::string login_code(const Headers& headers = named()) { return code_of(authorize(login_fields(), headers)); }
  static std::string identifier_of(const Reply& init) {
    EXPECT_EQ(init.status, 200) << init.body;
    const json body = init.object();
    EXPECT_EQ(body.value("status", ""), "success");
    return body.value("identifier", "");
  }
  json login(const Headers& headers = named()) {
    const Reply response = token(token_fields(login_code(headers)));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.object();
  }
  std::string guest_token(const std::string& hint = "UVID " + kUvid) {
    const std::string code = code_of(authorize(authorize_fields(), guest_at_authorize(hint)));
    const Reply response = token(token_fields(code), guest_at_token(hint.substr(hint.find(' ') + 1)));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.object().value("access_token", "");
  }
  static Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

  void expect_error(const Reply& got, const std::string& error, const std::string& description = "", int status = 400) {
    EXPECT_EQ(got.status, status) << got.body;
    EXPECT_EQ(got.error(), error) << got.body;
    if (!description.empty()) {
      EXPECT_EQ(got.description(), description);
    }
  }

  std::unique_ptr<hlid_sim::Simulator> sim_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace hlid_sim_test
