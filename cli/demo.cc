#include "cli/demo.h"

#include <unistd.h>

#include "cli/cart.h"
#include "cli/demo_asset_token.h"
#include "cli/report.h"
#include "cli/story.h"
#include "cli/streams.h"
#include "cli/words.h"
#include "simulator/simulator.h"

namespace hlid_cli {
namespace {

constexpr const char* kItem = "a blue teapot";

bool holds(const CartResponse& cart) { return cart.items == std::vector<std::string>{kItem}; }

// What an app sees when a person mistypes: an error with its kind, its advice and one line to show.
bool tell_wrong_password(const StoryApp& app, const std::string& username) {
  try {
    (void)app.run("login", {{"username", username}, {"password", "not the password"}});
  } catch (const LibraryError& error) {
    const Failure& failure = error.failure;
    conclude("The app sees: " + failure.kind + ", advice " + failure.advice + ", reason " + failure.reason + ": \"" +
             failure.message + "\". A wrong username looks the same. The visitor's session continues.");
    return failure.reason == "invalid_credentials";
  }
  return false;
}

// After the revocation the tokens are rejected; the library says what an app should do.
void tell_end(const StoryApp& app, const Values& session) {
  (void)app.run("logout", {{"access_token", session.at("access_token")}, {"refresh_token", session.at("refresh_token")}});
  conclude("The refresh token is revoked, then the access token: the session is over.");
  try {
    (void)app.run("userinfo", {{"access_token", session.at("access_token")}});
  } catch (const LibraryError& error) {
    conclude("Asked again who the token belongs to, the org refuses: " + error.failure.advice + ", \"" + error.failure.message +
             "\".");
    return;
  }
  conclude("The access token still works: some services accept a revoked JWT for up to 30 minutes.");
}

// The same customer on another day, without a password: one process requests the message, another submits the code from it.
struct Visit {
  std::string before;
  std::string after;
  bool carried = false;
};

Visit tell_one_time_password(const Values& settings, hlid_sim::Simulator& org, const std::string& username) {
  constexpr std::string_view kSession = "the session of the browser";
  const StoryApp first(settings);
  paragraph(
      "On another day, on another device: another visitor, with a UVID of its own. The customer asks for a one-time password. The app does not keep the flow in "
      "memory: it seals it into a ticket, bound to the session, and sets that as the browser's cookie.");
  const Values guest = first.run("guest", {});
  const std::string ticket = first.begin(
      "passwordless_login", {{"username", username}, {"verification_method", "email"}, {"guest_token", guest.at("access_token")}},
      kSession);
  conclude("The ticket: " + ticket.substr(0, 32) + "... (" + std::to_string(ticket.size()) + " characters).");
  const nlohmann::json messages = org.outbox();
  if (messages.empty()) return {guest.at("uvid"), "", false};
  const auto otp = messages.back().at("otp").get<std::string>();
  paragraph(
      "A message is in the mail. Another process of the app, which knows nothing of the first, resumes the flow from the ticket.");
  const StoryApp second(settings);
  const Values session = second.finish(ticket, kSession, otp);
  const bool carried =
      session.contains("uvid") && session.at("uvid") == guest.at("uvid") && session.at("uvid_carry") == "carried";
  conclude(carried ? "Signed in, and still the visitor of that day, " + guest.at("uvid") + "."
                   : std::string("The visit was not carried over."));
  return {guest.at("uvid"), session.contains("uvid") ? session.at("uvid") : "", carried};
}

bool tell(hlid_sim::Simulator& simulator) {
  const nlohmann::json org = simulator.description();
  const auto& app_settings = org.at("apps").at(0);
  const auto& user = org.at("users").at(0);
  const auto site = org.at("site").get<std::string>();
  const auto ca_file = org.at("ca_file").get<std::string>();
  const auto username = user.at("username").get<std::string>();

  say(bold("headlessid demo: a visitor becomes a customer, and stays the same visitor", STDOUT_FILENO));
  write_output("\n");
  paragraph("A simulated org listens at " + site +
            ": an Experience Cloud site inside this command. The app talks to it over TLS, trusting only " + ca_file +
            ". Lines with > were sent, lines with < received; secrets are dots.");
  const Values settings = {{"site", site},
                           {"client_id", app_settings.at("client_id").get<std::string>()},
                           {"redirect_uri", app_settings.at("redirect_uri").get<std::string>()},
                           {"ca_file", ca_file},
                           // A real app generates its own: openssl rand -base64 32
                           {"seal_keys", "demo:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}};
  const StoryApp app(settings);
  const Cart cart(site, ca_file);

  chapter("A visitor comes to the shop");
  paragraph(
      "No one has logged in. The app creates a UUID for the visitor, the UVID, and asks the org for a guest token with it.");
  const Values guest = app.run("guest", {});
  conclude("The visitor is " + guest.at("uvid") + ". The guest token is valid until " + time_of(guest.at("expires_at_ms")) + ".");

  chapter("The visitor puts something into the cart");
  paragraph("The shop's own API accepts the guest token, and keeps the cart under the UVID in it.");
  const CartResponse filled = cart.add(guest.at("access_token"), kItem);
  show_exchange(filled.exchange);
  conclude(holds(filled) ? std::string("In the cart: ") + kItem + "." : "The cart rejected it.");

  chapter("The visitor mistypes the password");
  const bool refused = tell_wrong_password(app, username);

  chapter("The visitor logs in");
  paragraph(
      "No browser, no redirect to a login page: the app's own form, and two requests. The guest token goes along, so that the "
      "org knows which visitor this is.");
  const Values session = app.run("login", {{"username", username},
                                           {"password", user.at("password").get<std::string>()},
                                           {"guest_token", guest.at("access_token")},
                                           {"uvid", guest.at("uvid")}});
  const std::string uvid = session.contains("uvid") ? session.at("uvid") : "";
  const bool carried = uvid == guest.at("uvid") && session.at("uvid_carry") == "carried";
  conclude("The named token holds the UVID " + (uvid.empty() ? "of no visitor" : uvid) + ": " + session.at("uvid_carry") + ".");

  chapter("The cart is still there");
  const CartResponse kept = cart.look(session.at("access_token"));
  show_exchange(kept.exchange);
  conclude(holds(kept) ? "The customer's cart is the visitor's cart." : "The cart is gone.");

  chapter("Who is it?");
  const Values who = app.run("userinfo", {{"access_token", session.at("access_token")}});
  conclude((who.contains("name") ? who.at("name") : "A user without a name") + ", " +
           (who.contains("preferred_username") ? who.at("preferred_username") : username) + ".");

  chapter("The customer logs out");
  tell_end(app, session);

  chapter("A one-time password: requested in one process, submitted in another");
  const Visit second = tell_one_time_password(settings, simulator, username);

  write_output("\n");
  write_output("   The visitor with the cart, before and after the login with a password:\n     " + guest.at("uvid") + "\n     " +
               uvid + "\n   The visitor of the other day, before and after the one-time password:\n     " + second.before +
               "\n     " + second.after + "\n");
  const bool good = carried && refused && holds(filled) && holds(kept) && second.carried;
  write_output(good ? bold("   Each pair matches: both visitors became customers, and nothing was lost.", STDOUT_FILENO) + "\n"
                    : "   This is not how the story should end: the visit was not carried over.\n");
  return good;
}

}  // namespace

std::string demo_help() {
  return R"(headlessid demo: the story of a visitor who becomes a customer.

usage: headlessid demo [--asset-token]

Starts a simulated org inside this command and tells, with what really goes over
the wire (TLS; secrets shown as dots): a visitor gets a UVID and a guest token,
puts something into a cart, mistypes a password, logs in; the named token holds
the same UVID, and the cart is still there. On another day a one-time password
does it: one process has it sent, another brings it in. Needs no org, no network,
no settings.

  --asset-token    Tells another story: a lamp makes a key, signs what it is, and
                   gets an asset token for it; the org registers it as an Asset; a
                   backend verifies the token, and has the lamp prove that it has
                   the key.

Exit status: 0 if the UVID before the login is the one after it and the cart is
still there, or the asset token and the proof are good; 4 if not.
)";
}

int run_demo(const std::vector<std::string>& arguments) {
  const bool of_a_device = arguments == std::vector<std::string>{"--asset-token"};
  if (!arguments.empty() && !of_a_device)
    throw UsageError("demo accepts no argument but --asset-token", "headlessid demo --help says what it does.");
  hlid_sim::Options options = hlid_sim::default_options();
  options.tls = true;
  const auto simulator = hlid_sim::Simulator::start(std::move(options));
  return (of_a_device ? tell_asset_token(*simulator) : tell(*simulator)) ? kDone : kBrokenResponse;
}

}  // namespace hlid_cli
