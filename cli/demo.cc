#include "cli/demo.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>

#include "cli/cart.h"
#include "cli/flow_command.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/streams.h"
#include "cli/words.h"
#include "simulator/simulator.h"

namespace hlid_cli {
namespace {

using Values = std::map<std::string, std::string>;

constexpr const char* kItem = "a blue teapot";

void say(const std::string& text) { write_output(wrapped(text, 3, text_width(), 0)); }
void paragraph(const std::string& text) { write_output("   " + wrapped(text, 3, text_width(), 3)); }
void conclude(const std::string& text) { write_output(" → " + wrapped(text, 3, text_width(), 3)); }

void chapter(const std::string& title) {
  static int number = 0;
  write_output("\n" + bold(std::to_string(++number) + ". " + title, STDOUT_FILENO) + "\n");
}

// One line of an exchange. A long one (a form, an address, JSON) is broken behind the mark that ends a member.
std::string exchange_line(std::string_view line) {
  constexpr size_t kIndent = 5;
  const size_t width = text_width() - kIndent;
  std::string out;
  size_t column = 0;
  while (!line.empty()) {
    const size_t end = std::min(line.find_first_of("&,?"), line.size() - 1) + 1;
    const std::string_view part = line.substr(0, end);
    if (column > 0 && column + columns(part) > width) {
      out += "\n" + std::string(kIndent + 4, ' ');
      column = 4;
    }
    out += part;
    column += columns(part);
    line.remove_prefix(end);
  }
  return std::string(kIndent, ' ') + dim(out, STDOUT_FILENO) + "\n";
}

// An exchange, set in from the story. Headers that every request has are left out.
void show_exchange(std::string_view trace) {
  std::string out;
  while (!trace.empty()) {
    const size_t end = std::min(trace.find('\n'), trace.size());
    const std::string_view line = trace.substr(0, end);
    trace.remove_prefix(std::min(end + 1, trace.size()));
    const bool dull = line.starts_with("> User-Agent:") || line.starts_with("> Accept:") ||
                      line.starts_with("< Content-Length:") || line == ">" || line == "<";
    if (!dull) out += exchange_line(line);
  }
  write_output(out);
}

std::string time_of(const std::string& ms) {
  int64_t value = 0;
  (void)std::from_chars(ms.data(), ms.data() + ms.size(), value);
  const std::string date = date_of(value);
  return date.empty() ? "an unknown time" : date;
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The app of the story: one client of the library, as a web shop's server or a phone would hold it.
class App {
 public:
  App(const Values& settings) : app_(make_app(settings)), client_(make_client(app_.get())) {}

  // The result's fields, or throws LibraryError with what the flow failed with. Shows the exchange.
  Values run(const char* flow_name, const Values& parameters) const {
    const FlowHandle flow = make_flow(flow_name, parameters);
    return result_of(flow.get(), drive(flow.get()));
  }

  // Runs until the flow asks for the one-time password, and returns it sealed.
  std::string begin(const char* flow_name, const Values& parameters, std::string_view session) const {
    const FlowHandle flow = make_flow(flow_name, parameters);
    const hlid_step step = drive(flow.get());
    if (step != HLID_STEP_ASK) throw LibraryError{failure_of(hlid_flow_error(flow.get()))};
    hlid_error* error = nullptr;
    hlid_view ticket{};
    const hlid_status status = hlid_flow_seal(flow.get(), view_of(session), now_ms(), &ticket, &error);
    check(status, error);
    return std::string(text_of(ticket));
  }

  // From the ticket to the end.
  Values finish(std::string_view ticket, std::string_view session, std::string_view otp) const {
    hlid_error* error = nullptr;
    hlid_flow* opened = nullptr;
    check(hlid_flow_unseal(app_.get(), hlid_str(nullptr), view_of(ticket), view_of(session), now_ms(), &opened, &error), error);
    const FlowHandle flow(opened);
    check(hlid_flow_set_trace(flow.get(), 1, &error), error);
    hlid_step step = drive(flow.get());
    if (step == HLID_STEP_ASK) {
      check(hlid_flow_give_value(flow.get(), hlid_str("otp"), view_of(otp), &error), error);
      step = drive(flow.get());
    }
    return result_of(flow.get(), step);
  }

 private:
  FlowHandle make_flow(const char* flow_name, const Values& parameters) const {
    hlid_error* error = nullptr;
    hlid_flow* made = nullptr;
    check(hlid_flow_new(app_.get(), hlid_str(flow_name), &made, &error), error);
    FlowHandle flow(made);
    for (const auto& [name, value] : parameters) {
      const hlid_status status = hlid_flow_set(flow.get(), view_of(name), view_of(value), &error);
      check(status, error);
    }
    const hlid_status status = hlid_flow_set_trace(flow.get(), 1, &error);
    check(status, error);
    return flow;
  }

  hlid_step drive(hlid_flow* flow) const {
    const hlid_step step = run_until_it_stops(client_.get(), flow);
    throw_if_interrupted();
    show_exchange(text_of(hlid_flow_trace(flow)));
    return step;
  }

  static Values result_of(const hlid_flow* flow, hlid_step step) {
    if (step != HLID_STEP_DONE) throw LibraryError{failure_of(hlid_flow_error(flow))};
    Values out;
    const hlid_result* result = hlid_flow_result(flow);
    for (size_t i = 0; i < hlid_result_count(result); ++i)
      out.emplace(text_of(hlid_result_name(result, i)), text_of(hlid_result_value(result, i)));
    return out;
  }

  static AppHandle make_app(const Values& values) {
    const SettingsHandle settings(hlid_settings_new());
    hlid_error* error = nullptr;
    for (const auto& [name, value] : values) {
      const hlid_status status = hlid_settings_set(settings.get(), view_of(name), view_of(value), &error);
      check(status, error);
    }
    hlid_app* app = nullptr;
    const hlid_status status = hlid_app_new(settings.get(), &app, &error);
    check(status, error);
    return AppHandle(app);
  }

  static ClientHandle make_client(const hlid_app* app) {
    hlid_error* error = nullptr;
    hlid_client* client = nullptr;
    const hlid_status status = hlid_client_new(app, 0, &client, &error);
    check(status, error);
    return ClientHandle(client);
  }

  AppHandle app_;
  ClientHandle client_;
};

bool holds(const CartResponse& cart) { return cart.items == std::vector<std::string>{kItem}; }

// What an app sees when a person mistypes: an error with its kind, its advice and one line to show.
bool tell_wrong_password(const App& app, const std::string& username) {
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
void tell_end(const App& app, const Values& session) {
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
  const App first(settings);
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
  const App second(settings);
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
  const App app(settings);
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

usage: headlessid demo

Starts a simulated org inside this command and tells, with what really goes over
the wire (TLS; secrets shown as dots): a visitor gets a UVID and a guest token,
puts something into a cart, mistypes a password, logs in; the named token holds
the same UVID, and the cart is still there. On another day a one-time password
does it: one process has it sent, another brings it in. Needs no org, no network,
no settings.

Exit status: 0 if the UVID before the login is the one after it and the cart is
still there, 4 if not.
)";
}

int run_demo(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) throw UsageError("demo accepts no arguments", "headlessid demo --help says what it does.");
  hlid_sim::Options options = hlid_sim::default_options();
  options.tls = true;
  const auto simulator = hlid_sim::Simulator::start(std::move(options));
  return tell(*simulator) ? kDone : kBrokenResponse;
}

}  // namespace hlid_cli
