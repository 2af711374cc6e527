// Sealed flows: what a ticket withstands, what it has room for, and that no two are alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "engine/flow.h"
#include "flows/parts/challenge_response.h"
#include "flows/parts/init_response.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr char kKey[] = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

std::shared_ptr<const App> make_app(std::string_view keys = kKey) {
  const NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                 {"client_id", "3MVG9Example.ClientId"},
                                 {"redirect_uri", "https://app.example.com/callback"},
                                 {"client_secret", "Example.Secret"},
                                 {"signed_by", "host"},
                                 {"seal_keys", keys}};
  return App::create(settings).value();
}

Step next(Flow& flow) {
  auto step = flow.next(kNow);
  EXPECT_TRUE(step) << (step ? "" : step.error().data().message);
  return step ? *step : Step::failed;
}

Flow waiting_for_otp(const std::shared_ptr<const App>& app) {
  Flow flow(app, *find_flow("passwordless_login"));
  EXPECT_TRUE(flow.set("username", "lena.ortiz@example.com"));
  EXPECT_TRUE(flow.set("verification_method", "email"));
  EXPECT_EQ(next(flow), Step::send);
  EXPECT_TRUE(flow.give_response(200, 20, std::string_view(R"({"status":"success","identifier":"MFFx0000000e7cK"})")));
  EXPECT_EQ(next(flow), Step::ask);
  return flow;
}

std::string sealed(Flow& flow, std::string_view binding = "") {
  const auto done = flow.seal(binding, kNow);
  EXPECT_TRUE(done) << (done ? "" : done.error().data().message);
  return std::string(flow.ticket());
}

// What anybody could learn from a refusal.
std::string told(const Error& error) {
  const auto& data = error.data();
  return std::string(name_of(data.kind)) + "|" + std::string(name_of(data.advice)) + "|" + data.reason + "|" + data.message +
         "|" + data.hint + "|" + data.field;
}

TEST(Ticket, k15_each_bit_flipped_and_each_cut_is_refused_in_the_same_words) {
  const auto app = make_app();
  Flow flow = waiting_for_otp(app);
  const std::string ticket = sealed(flow);
  const std::string words = told(refused_ticket());
  const auto raw = from_base64(ticket, Base64::url_unpadded);
  ASSERT_TRUE(raw);
  for (size_t bit = 0; bit < raw->size() * 8; ++bit) {
    Secret changed = raw->clone();
    changed.data()[bit / 8] = static_cast<char>(changed.data()[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = open_ticket(*app, "", to_base64(changed.view(), Base64::url_unpadded).view(), "", kNow);
    ASSERT_FALSE(opened) << "bit " << bit;
    ASSERT_EQ(told(opened.error()), words) << "bit " << bit;
  }
  for (size_t size = 0; size < ticket.size(); ++size) {
    const auto opened = open_ticket(*app, "", std::string_view(ticket).substr(0, size), "", kNow);
    ASSERT_FALSE(opened) << size << " characters";
    ASSERT_EQ(told(opened.error()), words) << size << " characters";
  }
  EXPECT_TRUE(open_ticket(*app, "", ticket, "", kNow));
}

TEST(Ticket, k15_a_ticket_ends_and_no_clock_makes_it_longer) {
  const auto app = make_app();
  Flow flow = waiting_for_otp(app);
  const std::string ticket = sealed(flow);
  EXPECT_TRUE(open_ticket(*app, "", ticket, "", kNow + 899'999));
  for (const int64_t late : {kNow + 900'000, kNow + 86'400'000, kLastTimeMs, INT64_MAX})
    EXPECT_FALSE(open_ticket(*app, "", ticket, "", late)) << late;
  // Another machine's clock may be a little behind; one that is more was put back, or the sealing one was ahead.
  EXPECT_TRUE(open_ticket(*app, "", ticket, "", kNow - kTicketSkewMs));
  for (const int64_t early : {kNow - kTicketSkewMs - 1, kNow - 86'400'000, int64_t{0}, int64_t{-1}, INT64_MIN}) {
    const auto opened = open_ticket(*app, "", ticket, "", early);
    ASSERT_FALSE(opened) << early;
    EXPECT_EQ(told(opened.error()), told(refused_ticket())) << early;
  }
}

TEST(Ticket, its_size_tells_nothing_but_steps) {
  for (const std::string_view keys :
       {"k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "k234567890123456:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}) {
    const auto app = make_app(keys);
    std::unordered_set<size_t> sizes;
    for (size_t length = 1; length <= 1000; ++length) {
      Flow flow(app, *find_flow("registration"));
      ASSERT_TRUE(flow.set("userdata", R"({"lastName":"Ortiz"})"));
      ASSERT_TRUE(flow.set("verification_method", "email"));
      ASSERT_TRUE(flow.set("password", std::string(length, 'p')));
      ASSERT_EQ(next(flow), Step::send);
      ASSERT_TRUE(flow.give_response(200, 20, std::string_view(R"({"status":"success","identifier":"MFFx0000000e7cK"})")));
      ASSERT_EQ(next(flow), Step::ask);
      const std::string ticket = sealed(flow);
      const auto raw = from_base64(ticket, Base64::url_unpadded);
      ASSERT_TRUE(raw);
      EXPECT_EQ(raw->size() % kTicketStep, 0U) << length;
      sizes.insert(raw->size());
      const auto opened = open_ticket(*app, "", ticket, "", kNow);
      ASSERT_TRUE(opened) << length;
      const auto kept = std::find_if(opened->entries.begin(), opened->entries.end(),
                                     [](const TicketEntry& entry) { return entry.name == "password"; });
      ASSERT_NE(kept, opened->entries.end());
      EXPECT_EQ(kept->value, std::string(length, 'p')) << "the padding is no part of it";
    }
    EXPECT_LE(sizes.size(), 1000 / kTicketStep + 2);
  }
}

// With each size of what is large: it is kept as long as there is room, and the ticket is never too long.
TEST(Ticket, what_fits_is_kept_to_the_last_byte) {
  const auto app = make_app();
  bool was_kept = true;
  size_t longest_kept = 0;
  for (size_t length = 1500; length <= 2400; ++length) {
    Flow flow(app, *find_flow("registration"));
    ASSERT_TRUE(flow.set("userdata", R"({"lastName":"Ortiz"})"));
    ASSERT_TRUE(flow.set("verification_method", "email"));
    ASSERT_TRUE(flow.set("password", std::string(length, 'p')));
    ASSERT_TRUE(flow.next(kNow));
    ASSERT_TRUE(flow.give_response(200, 20, std::string_view(R"({"status":"success","identifier":"MFFx0000000e7cK"})")));
    ASSERT_EQ(next(flow), Step::ask);
    const std::string ticket = sealed(flow);
    EXPECT_LE(ticket.size(), kMaxTicket);
    const auto opened = open_ticket(*app, "", ticket, "", kNow);
    ASSERT_TRUE(opened);
    const bool kept = std::any_of(opened->entries.begin(), opened->entries.end(),
                                  [](const TicketEntry& entry) { return entry.name == "password"; });
    EXPECT_TRUE(was_kept || !kept) << length << ": what is shorter was left out";
    was_kept = kept;
    if (kept) longest_kept = length;
  }
  EXPECT_FALSE(was_kept);
  EXPECT_GT(longest_kept, 1900U) << "with room for it, it is kept";
}

TEST(Ticket, an_app_without_keys_is_told_apart_from_a_bad_ticket) {
  const NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                 {"client_id", "3MVG9Example.ClientId"},
                                 {"redirect_uri", "https://app.example.com/callback"}};
  const auto keyless = App::create(settings).value();
  const auto opened = open_ticket(*keyless, "", "abc", "", kNow);
  ASSERT_FALSE(opened);
  EXPECT_STREQ(opened.error().data().reason, "no_seal_keys");
}

TEST(Ticket, k06_the_binding_must_match) {
  const auto app = make_app();
  Flow flow = waiting_for_otp(app);
  const std::string bound = sealed(flow, "session of Lena");
  const std::string unbound = sealed(flow);
  EXPECT_EQ(bound.size(), unbound.size()) << "a ticket does not show whether it is bound";
  EXPECT_TRUE(open_ticket(*app, "", bound, "session of Lena", kNow));
  for (const std::string_view other : {"", "session of lena", "session of Lena "}) {
    const auto opened = open_ticket(*app, "", bound, other, kNow);
    ASSERT_FALSE(opened);
    EXPECT_STREQ(opened.error().data().reason, "other_session");
  }
  EXPECT_FALSE(open_ticket(*app, "", unbound, "session of Lena", kNow));
}

TEST(Ticket, another_flow_than_the_one_that_is_resumed_is_told_to_the_right_session_alone) {
  const auto app = make_app();
  Flow flow = waiting_for_otp(app);
  const std::string ticket = sealed(flow, "session of Lena");
  EXPECT_TRUE(open_ticket(*app, "passwordless_login", ticket, "session of Lena", kNow));
  for (const std::string_view other : {"registration", "login", "passwordless", "passwordless_login2"}) {
    const auto opened = open_ticket(*app, other, ticket, "session of Lena", kNow);
    ASSERT_FALSE(opened) << other;
    EXPECT_STREQ(opened.error().data().reason, "other_flow");
    EXPECT_EQ(opened.error().data().kind, Kind::state);
    EXPECT_EQ(opened.error().data().advice, Advice::restart);
    const auto stolen = open_ticket(*app, other, ticket, "session of Max", kNow);
    ASSERT_FALSE(stolen);
    EXPECT_STREQ(stolen.error().data().reason, "other_session") << "what it holds is not told";
    const auto ended = open_ticket(*app, other, ticket, "session of Lena", kNow + 900'000);
    ASSERT_FALSE(ended);
    EXPECT_STREQ(ended.error().data().reason, "ticket_refused");
  }
}

#ifdef HLID_SANITIZED
constexpr size_t kSeals = 20'000;
#else
constexpr size_t kSeals = 1'000'000;
#endif

TEST(Ticket, k17_no_nonce_and_no_id_comes_twice) {
  const auto app = make_app();
  Flow flow = waiting_for_otp(app);
  std::unordered_set<std::string> nonces, ids;
  nonces.reserve(kSeals);
  for (size_t i = 0; i < kSeals; ++i) {
    ASSERT_TRUE(flow.seal("", kNow));
    // version, size of the id, "k1", then the nonce: bytes 4 to 16, in characters 5 to 22
    ASSERT_TRUE(nonces.emplace(flow.ticket().substr(5, 16)).second);
    if (i < 20'000) {
      ASSERT_TRUE(ids.emplace(flow.ticket_id()).second);
    }
  }
}

// The longest that a parameter takes, in a form that is good.
std::string longest(const ValueSpec& spec) {
  if (!spec.choices.empty()) return spec.choices.back();
  if (spec.kind == ValueKind::flag) return "false";
  if (std::string_view(spec.name) == "prompt") return "login consent select_account";
  if (spec.charset == Charset::uuid_v4) return "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";
  if (spec.kind == ValueKind::json) return R"({"a":")" + std::string(spec.max_bytes - 8, 'x') + R"("})";
  if (std::string_view(spec.name) == "guest_token") {
    const Secret head = to_base64(R"({"alg":"RS256"})", Base64::url_unpadded);
    const std::string claims = R"({"sub":"uvid:3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11","x":")" + std::string(20'000, 'x') + R"("})";
    return std::string(head.view()) + "." + std::string(to_base64(claims, Base64::url_unpadded).view()) + ".c2ln";
  }
  return std::string(spec.max_bytes, 'x');
}

std::string longest_response(std::string_view request) {
  if (request == "init") return R"({"identifier":")" + std::string(kMaxIdentifier, 'i') + R"("})";
  if (request == "forgot_password") return R"({"status_code":"otp_sent"})";
  return R"({"error":"authorization_required","error_code":"login_initialized","auth_session":")" +
         std::string(kMaxAuthSession, 's') + R"(","login_status":{"state":"otp_sent","type":"EMAIL"}})";
}

// Goes on until the flow asks a person; `asked` times over.
bool lead_to_question(Flow& flow, int asked) {
  for (int i = 0; i < 12; ++i) {
    switch (next(flow)) {
      // It is asked once: any other address than the callback is refused, and the flow waits on.
      case Step::show: return asked == 0;
      case Step::ask:
        if (asked-- == 0) return true;
        EXPECT_TRUE(flow.give_value(flow.ask().name, std::string(64, '7')));
        break;
      case Step::sign: EXPECT_TRUE(flow.give_value("signature", std::string(256, 's'))); break;
      case Step::send:
        EXPECT_TRUE(flow.give_response(std::string_view(flow.request().name) == "authorization_challenge" ? 403 : 200, 20,
                                       longest_response(flow.request().name)));
        break;
      default: return false;
    }
  }
  return false;
}

bool accepts_hint(const FlowSpec& spec) {
  return std::any_of(spec.parameters.begin(), spec.parameters.end(),
                     [](const ValueSpec& parameter) { return std::string_view(parameter.name) == "login_hint"; });
}

TEST(Ticket, k18_the_longest_of_everything_has_room) {
  const auto app = make_app("k234567890123456:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  size_t seen = 0;
  for (const FlowSpec* spec : all_flows()) {
    const std::vector<ValueSpec> asks = spec->asks();
    if (asks.empty()) continue;
    for (size_t leave_out = 0; leave_out < 2; ++leave_out) {  // of two that exclude each other, one or the other
      for (int asked = 0; asked < 2; ++asked) {
        Flow flow(app, *spec);
        std::vector<std::string_view> excluded;
        const auto set = [&](const ValueSpec& parameter) {
          const bool is_ask = std::any_of(asks.begin(), asks.end(),
                                          [&](const ValueSpec& ask) { return std::string_view(ask.name) == parameter.name; });
          if (is_ask || parameter.expands != Expands::nothing ||
              std::find(excluded.begin(), excluded.end(), parameter.name) != excluded.end())
            return;
          ASSERT_TRUE(flow.set(parameter.name, longest(parameter))) << spec->name << " " << parameter.name;
          excluded.insert(excluded.end(), parameter.excludes.begin(), parameter.excludes.end());
        };
        // Customdata goes with a hint, not with a user name.
        for (const ValueSpec& parameter : spec->parameters) {
          const bool hint_wanted = leave_out == 1 && std::string_view(parameter.name) == "username" && accepts_hint(*spec);
          // With a token of OAuth 1.0a there is nothing to ask; and a version has a form that the longest text has not.
          if (std::string_view(parameter.name).starts_with("oauth_token") || std::string_view(parameter.name) == "api_version")
            continue;
          const bool no_customdata = leave_out == 0 && std::string_view(parameter.name) == "customdata" &&
                                     std::string_view(spec->name).find("registration") == std::string_view::npos;
          if (!hint_wanted && !no_customdata) set(parameter);
        }
        if (!lead_to_question(flow, asked)) continue;
        ASSERT_TRUE(flow.seal("a session", kNow)) << spec->name;
        EXPECT_LE(flow.ticket().size(), kMaxTicket) << spec->name;
        const auto opened = open_ticket(*app, "", flow.ticket(), "a session", kNow);
        ASSERT_TRUE(opened) << spec->name;
        Flow other(app, *find_flow(opened->flow));
        ASSERT_TRUE(other.restore(*opened)) << spec->name;
        EXPECT_EQ(next(other), flow.step()) << spec->name;
        ++seen;
      }
    }
  }
  EXPECT_GE(seen, 16U);
}

TEST(Ticket, what_has_no_room_is_left_out_and_can_be_set_again) {
  const auto app = make_app();
  Flow flow(app, *find_flow("registration"));
  ASSERT_TRUE(flow.set("userdata", R"({"lastName":")" + std::string(3000, 'x') + R"("})"));
  ASSERT_TRUE(flow.set("password", "Corr3ctHorse!"));
  ASSERT_TRUE(flow.set("verification_method", "email"));
  ASSERT_TRUE(lead_to_question(flow, 0));
  const std::string ticket = sealed(flow);
  const auto opened = open_ticket(*app, "", ticket, "", kNow);
  ASSERT_TRUE(opened);
  Flow other(app, *find_flow("registration"));
  ASSERT_TRUE(other.restore(*opened));
  ASSERT_EQ(next(other), Step::ask);
  const auto refused = other.resend();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().data().field, "userdata");
  ASSERT_TRUE(other.set("userdata", R"({"lastName":"Ortiz"})"));
  ASSERT_TRUE(other.resend());
  EXPECT_EQ(next(other), Step::send);
}

TEST(Ticket, a_used_recaptcha_token_is_remembered_and_no_new_one_is_kept) {
  const auto app = make_app();
  Flow flow(app, *find_flow("passwordless_login"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("verification_method", "sms"));
  ASSERT_TRUE(flow.set("recaptcha", "03AGfirst"));
  ASSERT_TRUE(lead_to_question(flow, 0));
  const auto f14 = flow.resend();
  ASSERT_FALSE(f14);
  EXPECT_STREQ(f14.error().data().reason, "single_use_spent");
  EXPECT_EQ(f14.error().data().advice, Advice::ask_again);
  EXPECT_EQ(next(flow), Step::ask) << "and nothing has changed";
  const std::string ticket = sealed(flow);
  const auto opened = open_ticket(*app, "", ticket, "", kNow);
  Flow other(app, *find_flow("passwordless_login"));
  ASSERT_TRUE(other.restore(*opened));
  ASSERT_EQ(next(other), Step::ask);
  EXPECT_FALSE(other.resend());
  ASSERT_TRUE(other.set("recaptcha_event", R"({"token":"03AGsecond"})"));
  EXPECT_TRUE(other.resend());
}

// Its address asks for an ID token, whatever the settings of the app are that takes the callback.
TEST(Ticket, of_a_sign_in_with_an_id_token_wants_it_under_other_settings) {
  const auto with_scope = [](std::string_view scope) {
    const NamedValue settings[] = {{"site", "https://acme.my.salesforce.com"},
                                   {"client_id", "3MVG9Example.ClientId"},
                                   {"redirect_uri", "https://app.example.com/callback"},
                                   {"seal_keys", kKey},
                                   {"scope", scope}};
    return App::create(settings).value();
  };
  for (const char* name : {"user_agent", "hybrid_user_agent"}) {
    const auto other = with_scope("api web");
    Flow flow(with_scope("openid api web"), *find_flow(name));
    ASSERT_TRUE(flow.set("state", "abc"));
    ASSERT_EQ(next(flow), Step::show);
    const auto opened = open_ticket(*other, name, sealed(flow), "", kNow);
    ASSERT_TRUE(opened);
    Flow again(other, *find_flow(name));
    ASSERT_TRUE(again.restore(*opened));
    ASSERT_EQ(next(again), Step::show);
    ASSERT_TRUE(
        again.give_value("callback_url", "https://app.example.com/callback#access_token=00D&token_type=Bearer&state=abc"));
    ASSERT_EQ(next(again), Step::failed) << name;
    EXPECT_STREQ(again.error()->data().reason, "no_id_token");
  }
}

TEST(Ticket, only_a_flow_that_waits_for_a_person_is_sealed) {
  const auto app = make_app();
  Flow flow(app, *find_flow("passwordless_login"));
  EXPECT_FALSE(flow.seal("", kNow));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("verification_method", "sms"));
  ASSERT_EQ(next(flow), Step::send);
  const auto sending = flow.seal("", kNow);
  ASSERT_FALSE(sending);
  EXPECT_STREQ(sending.error().data().reason, "wrong_step");
  EXPECT_TRUE(flow.ticket().empty());
  EXPECT_TRUE(flow.ticket_id().empty());
}

}  // namespace
}  // namespace hlid
