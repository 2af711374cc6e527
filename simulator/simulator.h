// simulator.h: an Experience Cloud site in one process, for an app's own tests and for the demo.
//
// Start one, point a client at site(), stop it (or let it go). It listens on 127.0.0.1 only, needs no file and no
// network, and is as strict as a live org is known to be: what it refuses, an org would refuse too, or is likely to.
//
//   auto sim = hlid_sim::Simulator::start(hlid_sim::default_options());
//   connect_to(sim->site(), sim->ca_file());
//
// {origin}/__sim/ offers the same over HTTP (control.cc). docs/simulator.md lists every setting and call.
//
// Every member of Simulator may be called from any thread. Errors are exceptions (std::runtime_error) with one
// sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_sim {

using Strings = std::vector<std::string>;

// An external client app, and a person. options.def has their members, with what each means.
struct App {
#define APP_MEMBER(type, name, initial, rule, meaning) type name = initial;
#include "simulator/options.def"
};

struct User {
#define USER_MEMBER(type, name, initial, rule, meaning) type name = initial;
#include "simulator/options.def"
};

// What an admin can switch for the whole org, and what the protocol's sources leave open. A live org requires at least
// one protection (a Bearer token, reCAPTCHA) for each flow that sends messages; here all are off until a test turns them
// on. What a client sends is checked anyway.
struct Settings {
#define SETTING(type, name, initial, rule, meaning) type name = initial;
#include "simulator/options.def"
};

struct Options {
#define START_OPTION(type, name, initial, rule, meaning) type name = initial;
#include "simulator/options.def"
  Settings settings;
  std::vector<App> apps;
  std::vector<User> users;
  std::function<int64_t()> now_ms;  // the clock; empty: the system's
};

// A public and a private app, one for integration users and a first-party one, and a few users whose passwords are
// awkward on purpose.
Options default_options();

// The default options, changed by a JSON object. Members are named as above; "settings" is an object; a member of
// "apps" or "users" changes the one with its client_id or username, or adds it. Unknown names are refused.
Options options_from_json(std::string_view text);

class Simulator {
 public:
  static std::unique_ptr<Simulator> start(Options options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const std::string& site() const;    // https://localhost:PORT/shop
  const std::string& origin() const;  // https://localhost:PORT
  int port() const;

  // The certificates are made at start. The files are in a private folder that is deleted with the simulator. With tls
  // off and no https public_origin there are no certificates, and these are empty.
  const std::string& ca_pem() const;
  const std::string& ca_file() const;
  const std::string& certificate_file() const;  // for a proxy in front, such as nghttpx
  const std::string& key_file() const;

  // What a program needs in order to talk to it: site, origin, ca_file, control, apps, users with passwords.
  nlohmann::json description() const;
  // What has arrived so far: requests by endpoint, sign-ins, and how often each single-use value was used, by its
  // SHA-256 in hex.
  nlohmann::json seen() const;
  // Messages that were sent to people, the oldest first: {to, channel, flow, username, otp, ...}.
  nlohmann::json outbox() const;
  // The certificate that signs asset tokens, and the Assets and events that they left.
  nlohmann::json asset_tokens() const;
  // A patch in the shape that options_from_json accepts: only "settings", "apps" and "users".
  void change(const nlohmann::json& patch);
  void advance_ms(int64_t by);

  void stop();  // safe twice; ends open connections

 private:
  struct Parts;
  explicit Simulator(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hlid_sim
