// What is shown to people: redaction, the trace, the catalogue, and the settings by name.
#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "engine/catalogue.h"
#include "engine/flow.h"
#include "engine/redact.h"
#include "flows/registry.h"
#include "headlessid/headlessid.h"

namespace hlid {
namespace {

constexpr ErrorSpec kNoErrors{};
constexpr SlotSpec kSecret{"secret"};

constexpr int64_t kNow = 1'767'225'600'000;
constexpr std::string_view kPassword = "corr\"ect+horse%battery";
const std::string kDots(kHidden);

std::shared_ptr<const App> make_app(bool header = false) {
  std::vector<NamedValue> values = {{"site", "https://acme.my.site.com/shop"},
                                    {"client_id", "3MVG9"},
                                    {"redirect_uri", "https://app.example.com/callback"},
                                    {"client_secret", "7F3A9C1E5B2D8046"}};
  if (header) values.push_back({"credentials_placement", "header"});
  return *App::create(values);
}

// What the error says where the server's description is `text`.
std::string said(std::string_view text, bool header = false) {
  Flow flow(make_app(header), *find_flow("login"));
  EXPECT_TRUE(flow.set("username", "lena.ortiz@example.com"));
  EXPECT_TRUE(flow.set("password", kPassword));
  EXPECT_TRUE(flow.next(kNow));
  const nlohmann::json body = {{"error", "odd"}, {"error_description", text}};
  EXPECT_TRUE(flow.give_response(400, 11, body.dump()));
  EXPECT_TRUE(flow.next(kNow));
  return flow.error()->data().server_text;
}

TEST(Redaction, z08_hides_our_own_secrets_however_they_are_said_back) {
  const std::string password(kPassword);
  EXPECT_EQ(said("wrong: " + password + "."), "wrong: " + kDots + ".");
  EXPECT_EQ(said("wrong: corr%22ect%2Bhorse%25battery."), "wrong: " + kDots + ".") << "percent-encoded";
  EXPECT_EQ(said("wrong: corr\\\"ect+horse%25battery."), "wrong: " + kDots + ".") << "JSON-escaped";
  EXPECT_EQ(said("wrong: corr\\u0022ect\\u002bhorse%battery."), "wrong: " + kDots + ".") << "JSON-escaped by number";
  EXPECT_EQ(said("wrong: corr\"ect+ho\r\n rse%battery."), "wrong: " + kDots + ".") << "broken over two lines";
  EXPECT_EQ(said("wrong: corr\"ect+hors"), "wrong: " + kDots) << "cut by the server";
  EXPECT_EQ(said(password + password + " twice"), kDots + " twice");
  EXPECT_EQ(said("secret 7F3A9C1E5B2D8046"), "secret " + kDots);
  EXPECT_EQ(said("corr is a word"), "corr is a word");
}

TEST(Redaction, z08_a_secret_is_never_cut_before_it_is_known) {
  for (size_t before = 250; before < 310; ++before) {
    const std::string text = std::string(before, 'x') + std::string(kPassword) + std::string(50, 'y');
    const std::string shown = said(text);
    EXPECT_LE(shown.size(), kMaxServerText);
    EXPECT_EQ(shown.find("corr"), std::string::npos) << before;
  }
}

TEST(Redaction, z08_hides_what_has_the_shape_of_a_token) {
  EXPECT_EQ(said("token 00DEx0000001abc!AQcAQExample.Opaque_x is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("token 00DEx0000001abc%21AQcAQExample is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("token eyJhbGciOiJSUzI1NiJ9.e30-_x.c2ln is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("Bearer=eyJhbGciOiJSUzI1NiJ9.e30").find("eyJ"), std::string::npos);
  EXPECT_EQ(said("token 5Aep861ExampleRefreshToken is bad"), "token " + kDots + " is bad");
  EXPECT_EQ(said("org 00DEx0000001abc is known"), "org 00DEx0000001abc is known");
}

TEST(Redaction, z08_hides_the_base64_of_the_credentials) {
  // lena.ortiz@example.com:corr"ect+horse%battery
  EXPECT_EQ(said("bad header bGVuYS5vcnRpekBleGFtcGxlLmNvbTpjb3JyImVjdCtob3JzZSViYXR0ZXJ5!", true), "bad header " + kDots + "!");
}

TEST(Redaction, z07_hides_secrets_in_what_the_host_says) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", kPassword));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_TRUE(flow.give_no_response(true, "no_response", "could not post " + std::string(kPassword) + " to the site"));
  ASSERT_TRUE(flow.next(kNow));
  EXPECT_EQ(flow.error()->data().message, "could not post " + kDots + " to the site");
}

// The ways in which servers, frameworks and proxies write a text that they say back.
using Way = std::string (*)(std::string_view);

std::string each(std::string_view text, std::string (*write)(unsigned char)) {
  std::string out;
  for (const char c : text) out += write(static_cast<unsigned char>(c));
  return out;
}

std::string formatted(const char* format, unsigned value) {
  char out[16];
  std::snprintf(out, sizeof out, format, value);
  return out;
}

bool is_plain(unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; }

// Code points of what is ASCII or Latin-1 in UTF-8.
std::string each_point(std::string_view text, const char* format, bool all) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool two = c == 0xC2 || c == 0xC3;
    const unsigned point = two ? (c & 0x1FU) << 6U | (static_cast<unsigned char>(text[i + 1]) & 0x3FU) : c;
    if (all || two || !is_plain(c)) {
      out += formatted(format, point);
    } else {
      out += text[i];
    }
    i += two ? 1 : 0;
  }
  return out;
}

std::string percent(std::string_view text) {
  return each(
      text, [](unsigned char c) { return std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : formatted("%%%02X", c); });
}
std::string percent_all(std::string_view text) {
  return each(text, [](unsigned char c) { return formatted("%%%02x", c); });
}
std::string named(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      case '+': out += "&plus;"; break;
      case '!': out += "&excl;"; break;
      case '%': out += "&percnt;"; break;
      case '\xC3': out += text[++i] == '\xBC' ? "&uuml;" : "&Uuml;"; break;
      default: out += text[i];
    }
  }
  return out;
}
std::string json_escaped(std::string_view text) {
  const std::string quoted = nlohmann::json(text).dump(-1, ' ', true);
  return quoted.substr(1, quoted.size() - 2);
}

const std::pair<const char*, Way> kWays[] = {
    {"as it is", [](std::string_view text) { return std::string(text); }},
    {"percent", percent},
    {"percent, all of it", percent_all},
    {"form",
     [](std::string_view text) {
       Secret out;
       append_form_encoded(out, text);
       return std::string(out.view());
     }},
    {"entities by name", named},
    {"entities in decimal", [](std::string_view text) { return each_point(text, "&#%u;", false); }},
    {"entities in decimal, all of it, with zeros", [](std::string_view text) { return each_point(text, "&#%05u;", true); }},
    {"entities in hex", [](std::string_view text) { return each_point(text, "&#x%X;", false); }},
    {"entities in hex, all of it", [](std::string_view text) { return each_point(text, "&#X%04x;", true); }},
    {"JSON", json_escaped},
    {"JSON, all of it", [](std::string_view text) { return each_point(text, "\\u%04x", true); }},
    {"JavaScript", [](std::string_view text) { return each_point(text, "\\x%02X", false); }},
    {"JavaScript with braces", [](std::string_view text) { return each_point(text, "\\u{%x}", false); }},
    {"escape()", [](std::string_view text) { return each_point(text, "%%u%04X", false); }},
    {"octal",
     [](std::string_view text) {
       return each(text,
                   [](unsigned char c) { return is_plain(c) ? std::string(1, static_cast<char>(c)) : formatted("\\%03o", c); });
     }},
    {"Latin-1 in percent", [](std::string_view text) { return each_point(text, "%%%02X", false); }},
    {"in capitals",
     [](std::string_view text) {
       return each(text, [](unsigned char c) { return std::string(1, static_cast<char>(std::toupper(c))); });
     }},
    {"over two lines",
     [](std::string_view text) { return std::string(text.substr(0, 5)) + "\r\n\t" + std::string(text.substr(5)); }},
    {"with no-break spaces",
     [](std::string_view text) {
       return std::string(text.substr(0, 5)) + "\xC2\xA0&nbsp;&#8203;" + std::string(text.substr(5));
     }},
    {"split by a tag",
     [](std::string_view text) { return std::string(text.substr(0, 5)) + "<wbr class='x'>" + std::string(text.substr(5)); }},
    {"without its beginning", [](std::string_view text) { return std::string(text.substr(1)); }},
    {"without its end", [](std::string_view text) { return std::string(text.substr(0, text.size() - 2)); }},
};

std::string base64_of(std::string_view text) { return std::string(to_base64(text, Base64::standard).view()); }

// The longest piece of `needle` that can be read in the text, in bytes.
size_t longest_common(std::string_view needle, std::string_view text) {
  size_t best = 0;
  for (size_t i = 0; i < needle.size(); ++i) {
    while (i + best < needle.size() && text.find(needle.substr(i, best + 1)) != std::string_view::npos) ++best;
  }
  return best;
}

// What a flow shows whose server says `text` back: the words and the trace, over JSON and over a Location.
std::vector<std::string> shown_of(std::string_view password, const std::string& text) {
  std::vector<std::string> out;
  for (const bool location : {false, true}) {
    Flow flow(make_app(), *find_flow("login"));
    EXPECT_TRUE(flow.set_trace(true));
    EXPECT_TRUE(flow.set("username", "lena.ortiz@example.com"));
    EXPECT_TRUE(flow.set("password", password));
    EXPECT_TRUE(flow.next(kNow));
    const std::string body(flow.request().body.view());
    const size_t at = body.find("&state=") + 7;
    const std::string state = body.substr(at, body.find('&', at) - at);
    if (location) {
      EXPECT_TRUE(flow.give_header("Location", "https://app.example.com/callback?error=invalid_request&error_description=" +
                                                   percent(text) + "&state=" + state));
      EXPECT_TRUE(flow.give_response(302, 20, std::string_view()));
    } else {
      EXPECT_TRUE(flow.give_response(400, 11, nlohmann::json{{"error", "odd"}, {"error_description", text}}.dump()));
    }
    EXPECT_TRUE(flow.next(kNow));
    const auto& error = flow.error()->data();
    out.insert(out.end(), {error.message, error.hint, error.server_code, error.server_text, std::string(flow.trace())});
  }
  return out;
}

constexpr std::string_view kPasswords[] = {"Zq7&v<Kx\"9'w\xC3\x9C-tR!mN4+pL", "gr\xC3\xBCnKohl 2026%41\\Geheim",
                                           "a&amp;b%25z\\u0041-4711-x"};

// Those that put something in between, or leave something out.
bool changes_letters(std::string_view way) {
  return way.starts_with("over") || way.starts_with("with") || way.starts_with("split") || way == "in capitals";
}

TEST(Redaction, z08_hides_a_secret_in_whatever_writing_and_writings_of_writings) {
  for (const std::string_view password : kPasswords) {
    for (const auto& [inner, write] : kWays) {
      for (const auto& [outer, write_again] : kWays) {
        if (changes_letters(outer) && std::string_view(inner) != "as it is") continue;  // it would cut an escape in half
        if ((changes_letters(inner) || changes_letters(outer)) && password != kPasswords[0]) continue;
        if (std::string_view(inner) == "over two lines" && std::string_view(outer).starts_with("JSON")) continue;
        const std::string once = write(password);
        const std::string text = write_again(once);
        for (const std::string& shown : shown_of(password, "refused: " + text + ".")) {
          for (const std::string& form : {std::string(password), once, text, percent(text)}) {
            // A letter or two at an end, or where a server cut one in half.
            EXPECT_LE(longest_common(form, shown) * 3, form.size())
                << inner << ", then " << outer << ": " << text << " as " << shown;
          }
        }
      }
    }
    for (const std::string_view before : {"", ":", "u:"}) {
      const std::string text = base64_of(std::string(before) + std::string(password));
      for (const std::string& shown : shown_of(password, "refused: " + text)) EXPECT_LT(longest_common(text, shown), 9U) << shown;
    }
  }
}

TEST(Redaction, z08_hides_a_short_one_time_password_in_whatever_writing) {
  for (const auto& [name, write] : kWays) {
    if (std::string_view(name).starts_with("without")) continue;
    Flow flow(make_app(), *find_flow("passwordless_login"));
    ASSERT_TRUE(flow.set("username", "lena.ortiz@example.com"));
    ASSERT_TRUE(flow.set("verification_method", "email"));
    ASSERT_TRUE(flow.next(kNow));
    ASSERT_TRUE(flow.give_response(200, 20, std::string_view(R"({"status":"success","identifier":"MFFx0000000e7cK"})")));
    ASSERT_TRUE(flow.next(kNow));
    ASSERT_TRUE(flow.give_value("otp", "493027"));
    ASSERT_TRUE(flow.next(kNow));
    const std::string text = write("493027");
    ASSERT_TRUE(flow.give_response(
        400, 20, nlohmann::json{{"error", "invalid_grant"}, {"error_description", "not '" + text + "'"}}.dump()));
    ASSERT_TRUE(flow.next(kNow));
    const Error* error = flow.error() != nullptr ? flow.error() : flow.ask().problem ? &*flow.ask().problem : nullptr;
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->data().server_text, "not '" + kDots + "'") << name;
  }
}

// What a person's record holds is as secret as a password, each value of it.
TEST(Redaction, z08_hides_the_values_of_a_users_data) {
  Flow flow(make_app(), *find_flow("registration"));
  ASSERT_TRUE(flow.set_trace(true));
  ASSERT_TRUE(flow.set(
      "userdata", R"({"lastName":"M\u00fcller-Geheim","email":"geheim.4711@example.com","username":"geheim.4711@example.com"})"));
  ASSERT_TRUE(flow.set(
      "customdata",
      R"({"nested":{"list":["Kundennummer-8812"],"insurance":123456789,"homepage":"https://example.com/geheim"},"age":42})"));
  ASSERT_TRUE(flow.set("verification_method", "email"));
  ASSERT_TRUE(flow.next(kNow));
  const std::string text =
      "lastName M&uuml;ller-Geheim and geheim.4711%40example.com and Kundennummer-8812, 123456789, "
      "https%3A%2F%2Fexample.com%2Fgeheim at https://example.com/help, age 42";
  ASSERT_TRUE(flow.give_response(
      400, 20, nlohmann::json{{"error", "invalid_request"}, {"error_description", text}, {"message", text}}.dump()));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_NE(flow.error(), nullptr);
  EXPECT_EQ(flow.error()->data().server_text, "lastName " + kDots + " and " + kDots + " and " + kDots + ", " + kDots + ", " +
                                                  kDots + " at https://example.com/help, age 42");
  for (const char* hidden : {"ller-Geheim", "4711", "8812", "123456789", "Fgeheim"})
    EXPECT_EQ(flow.trace().find(hidden), std::string_view::npos) << hidden << flow.trace();
}

// What is done for a text and a secret of a size, at most so much for each byte.
TEST(Redaction, z08_takes_as_many_steps_as_text_and_secrets_are_long) {
  const auto app = make_app();
  const auto steps = [&](const std::string& secret, const std::string& text) {
    Context work(*app, kNoErrors);
    work.keep(kSecret, secret);
    Redactor redactor(work, Redactor::For::trace);
    const std::string shown = redactor.redacted(text, 512);
    EXPECT_LE(shown.size(), 512U);
    return redactor.steps();
  };
  const std::pair<const char*, std::string> kinds[] = {{"spaces", " "},
                                                       {"one letter", "a"},
                                                       {"escapes of escapes", "%25"},
                                                       {"entities that do not end", "&am"},
                                                       {"entities", "&amp;"},
                                                       {"semicolons", ";"},
                                                       {"long names", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;"},
                                                       {"braces", "\\u{0}"},
                                                       {"backslashes", "\\"},
                                                       {"tags", "<a>"},
                                                       {"open tags", "<"},
                                                       {"closed tags", ">"},
                                                       {"tokens that are none", "00D"},
                                                       {"JWTs that are none", "eyJ."},
                                                       {"mojibake", "\xC3\x83\xC2"},
                                                       {"the secret's beginning", "b123456"},
                                                       {"words", "wrong password "}};
  for (const auto& [name, piece] : kinds) {
    for (const std::string& secret :
         {std::string("b1234567890"), std::string(" b1234567890"), std::string(8000, 'a') + "b", piece + piece + piece + "x"}) {
      const auto text_of = [&](size_t size) {
        std::string text;
        while (text.size() < size) text += piece;
        return text;
      };
      // So many for each byte that is looked at: what is more does not depend on the size.
      constexpr size_t kForAByte = 64;
      for (const size_t size : {size_t{1'000}, size_t{10'000}, size_t{60'000}}) {
        EXPECT_LE(steps(secret, text_of(size)), kForAByte * (size + 16 * secret.size() + 1'000))
            << name << " " << size << " " << secret.size();
      }
      EXPECT_LE(steps(secret, text_of(1'000'000)), kForAByte * (64 * 1024 + 16 * secret.size() + 1'000))
          << name << ": what nobody sees is not looked at";
    }
  }
}

// A secret that fills the text is hidden, and what comes after it is still told.
TEST(Redaction, tells_what_comes_after_a_long_secret) {
  const auto app = make_app();
  Context work(*app, kNoErrors);
  std::string token;
  for (size_t i = 0; token.size() < 32'000; ++i) token += std::to_string(i * 7919) + "x";
  work.keep(kSecret, token);
  EXPECT_EQ(redacted("token " + token + " has expired", work, 300), "token " + kDots + " has expired");
  EXPECT_EQ(redacted("token " + token.substr(9) + " has expired", work, 300), "token " + kDots + " has expired");
}

// What a response brings is known before it is traced, wherever it is said once more.
TEST(Trace, z06_hides_what_the_same_answer_says_twice) {
  const std::string mark = "n3wSecret/Mark+77";
  const std::string again = "again: " + mark + ", " + percent(percent(mark)) + ", " + named(mark);
  const auto trace_of = [&](const char* name, const std::vector<std::pair<const char*, const char*>>& parameters,
                            std::vector<std::pair<std::string, std::string>> headers, const nlohmann::json& body) {
    Flow flow(make_app(), *find_flow(name));
    EXPECT_TRUE(flow.set_trace(true));
    for (const auto& [key, value] : parameters) EXPECT_TRUE(flow.set(key, value));
    EXPECT_TRUE(flow.next(kNow));
    for (const auto& [key, value] : headers) EXPECT_TRUE(flow.give_header(key, value));
    EXPECT_TRUE(flow.give_response(200, 20, body.dump()));
    EXPECT_TRUE(flow.next(kNow));
    std::string all(flow.trace());
    // An error's words may come from any member: there only what is a secret by its name is known.
    const bool nobody_knows = body.dump().find("nobody_knows_this") != std::string::npos;
    if (flow.error() != nullptr && !nobody_knows) all += flow.error()->data().message + flow.error()->data().server_text;
    return all;
  };
  const std::vector<std::pair<const char*, const char*>> user = {{"username", "lena"}, {"verification_method", "email"}};
  std::vector<std::string> traces;
  for (const char* member :
       {"identifier", "access_token", "refresh_token", "id_token", "code", "auth_session", "nobody_knows_this", "otp"}) {
    traces.push_back(trace_of("passwordless_login", user, {}, {{member, mark}, {"status", "success"}, {"message", again}}));
    traces.push_back(trace_of(
        "refresh", {{"refresh_token", "5Aep861ExampleExample"}}, {},
        {{member, mark}, {"error", "odd"}, {"instance_url", "https://acme.example/?sid=" + mark}, {"error_description", again}}));
    traces.push_back(trace_of("refresh", {{"refresh_token", "5Aep861ExampleExample"}}, {},
                              {{"deep", {{"list", {1, {{member, mark}}}}}}, {"message", again}}));
  }
  traces.push_back(trace_of("refresh", {{"refresh_token", "5Aep861ExampleExample"}}, {{"Set-Cookie", "sid=" + mark + "; Secure"}},
                            {{"message", again}}));
  traces.push_back(trace_of("refresh", {{"refresh_token", "5Aep861ExampleExample"}},
                            {{"Location", "https://acme.example/?code=" + percent(mark)}}, {{"message", again}}));
  for (const std::string& trace : traces) {
    EXPECT_LT(longest_common(mark, trace), 6U) << trace;
    EXPECT_NE(trace.find("again: " + kDots), std::string::npos) << trace;
  }
}

// An address of the org's is no secret because a longer one is.
TEST(Trace, still_tells_what_is_public) {
  Flow flow(make_app(), *find_flow("refresh"));
  ASSERT_TRUE(flow.set_trace(true));
  ASSERT_TRUE(flow.set("refresh_token", "5Aep861ExampleExample"));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_TRUE(flow.give_response(
      200, 20,
      std::string_view(
          R"({"access_token":"00Dx0000000abc!SecretToken","id":"https://login.salesforce.com/id/00DEx/005Ex","domain":"https://acme.my.salesforce.com",)"
          R"("instance_url":"https://acme.my.salesforce.com","scope":"api refresh_token","message":"login ok at https://login.salesforce.com"})")));
  ASSERT_TRUE(flow.next(kNow));
  for (const char* told : {R"("instance_url":"https://acme.my.salesforce.com")", R"("scope":"api refresh_token")",
                           R"("message":"login ok at https://login.salesforce.com")"}) {
    EXPECT_NE(flow.trace().find(told), std::string_view::npos) << flow.trace();
  }
}

// Name and value the wrong way round: the error does not say the secret.
TEST(Names, a_value_in_the_place_of_a_name_is_not_shown) {
  const auto hidden = [](const Error& error, std::string_view secret) {
    const auto& data = error.data();
    for (const std::string& text : {data.message, data.field, data.hint}) EXPECT_EQ(text.find(secret), std::string::npos) << text;
    EXPECT_EQ(data.field, "name");
    EXPECT_EQ(data.kind, Kind::argument);
  };
  for (const std::string secret :
       {"Geheim-4711", "hunter", "Password", "493027", "client_secre", "geheim\nzwei", "eyJhbGciOiJSUzI1NiJ9.e30.x"}) {
    const NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"}, {secret, "client_secret"}};
    hidden(App::create(settings).error(), secret);
    Flow flow(make_app(), *find_flow("login"));
    hidden(flow.set(secret, "password").error(), secret);
    EXPECT_TRUE(flow.set("username", "lena"));
    ASSERT_TRUE(flow.next(kNow));
    ASSERT_EQ(flow.step(), Step::ask);
    hidden(flow.give_value(secret, "password").error(), secret);
  }
  for (const std::string secret : {"Geheim-4711", "hunter2!", "493027"}) {
    Flow flow(make_app(), *find_flow("login"));
    hidden(flow.set(secret, "whatever").error(), secret);
  }
  // A name that is nearly right is told.
  Flow flow(make_app(), *find_flow("login"));
  EXPECT_EQ(flow.set("Username", "lena").error().data().field, "Username");
  EXPECT_EQ(flow.set("user", "lena").error().data().field, "user");
}

TEST(Trace, z06_tells_the_whole_story_without_a_secret) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set_trace(true));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", kPassword));
  ASSERT_TRUE(flow.next(kNow));
  const std::string body(flow.request().body.view());
  const size_t at = body.find("&state=") + 7;
  const std::string state = body.substr(at, body.find('&', at) - at);
  ASSERT_TRUE(
      flow.give_header("Location", "https://app.example.com/callback?code=aPrxSecretCode&sfdc_community_id=0DB&state=" + state));
  ASSERT_TRUE(flow.give_header("Set-Cookie", "sid=SecretCookie"));
  ASSERT_TRUE(flow.give_response(302, 20, std::string_view()));
  ASSERT_TRUE(flow.next(kNow));
  ASSERT_TRUE(flow.give_response(
      200, 20,
      R"({"access_token":"00Dx!SecretToken","refresh_token":"5AepSecretRefresh","scope":"api","unheard_of":"SecretThing","issued_at":"1767225600000"})"));
  const auto step = flow.next(kNow);
  ASSERT_TRUE(step && *step == Step::done);
  const std::string trace(flow.trace());
  for (const char* hidden : {"Secret", "corr", "7F3A9C1E5B2D8046", "5Aep", "00Dx!"})
    EXPECT_EQ(trace.find(hidden), std::string::npos) << hidden << "\n" << trace;
  EXPECT_EQ(trace.find(state), std::string::npos);
  for (const char* told :
       {"> POST https://acme.my.site.com/shop/services/oauth2/authorize\n", "> Auth-Request-Type: Named-User\n", "username=lena",
        "< HTTP/2 302\n", "< location: https://app.example.com/callback?code=", "sfdc_community_id=0DB",
        "> POST https://acme.my.site.com/shop/services/oauth2/token\n", "\"scope\":\"api\"", "unheard_of"}) {
    EXPECT_NE(trace.find(told), std::string::npos) << told << "\n" << trace;
  }
}

TEST(Catalogue, is_json_and_names_everything_once) {
  const auto catalogue = nlohmann::json::parse(write_catalogue(all_flows()));
  EXPECT_EQ(catalogue["abi"], HLID_ABI_VERSION);
  const std::set<std::string> kinds = {"text", "url", "list", "integer", "flag", "json"};
  const auto check = [&](const nlohmann::json& values) {
    std::set<std::string> names;
    for (const auto& value : values) {
      EXPECT_TRUE(names.insert(value["name"]).second) << value["name"];
      EXPECT_TRUE(kinds.contains(value["kind"])) << value["name"];
      EXPECT_FALSE(value["doc"].get<std::string>().empty()) << value["name"];
      EXPECT_TRUE(value["doc"].get<std::string>().ends_with('.')) << value["name"];
    }
  };
  check(catalogue["settings"]);
  std::set<std::string> results;
  for (const auto& result : catalogue["results"]) {
    EXPECT_TRUE(results.insert(result["name"]).second);
    check(result["fields"]);
  }
  for (const auto& flow : catalogue["flows"]) {
    check(flow["parameters"]);
    // What is excluded can be given: no page says "not beside" of what the flow does not have.
    std::set<std::string> own;
    for (const auto& parameter : flow["parameters"]) own.insert(parameter["name"]);
    for (const auto& parameter : flow["parameters"]) {
      for (const auto& other : parameter["excludes"]) EXPECT_TRUE(own.contains(other)) << flow["name"] << ": " << other;
    }
    EXPECT_TRUE(results.contains(flow["result"])) << flow["name"];
    EXPECT_FALSE(flow["requests"].empty());
    EXPECT_FALSE(flow["source"].get<std::string>().empty());
    for (const auto& setting : flow["org_settings"]) {
      for (const char* member : {"id", "doc", "setup", "metadata"}) {
        EXPECT_FALSE(setting[member].get<std::string>().empty()) << flow["name"] << ": " << member;
      }
    }
  }
}

TEST(Catalogue, says_what_a_program_may_ask_of_an_error) {
  const auto catalogue = nlohmann::json::parse(write_catalogue(all_flows()));
  std::map<std::string, nlohmann::json> found;
  for (const auto& predicate : catalogue["predicates"]) {
    const std::string name = predicate["name"];
    EXPECT_TRUE(found.emplace(name, predicate).second) << name;
    EXPECT_TRUE(name.starts_with("is_")) << name;
    EXPECT_TRUE(predicate["doc"].get<std::string>().ends_with('.')) << name;
    // One that asks for nothing would be false of every error.
    EXPECT_FALSE(predicate["reasons"].empty() && predicate["advice"] == "" && predicate["http_status_from"] == 0) << name;
  }
  EXPECT_EQ(found["is_recaptcha_problem"]["reasons"].size(), 3U);
  EXPECT_EQ(found["is_server_error"]["http_status_from"], 500);
  EXPECT_EQ(found["is_server_error"]["advice"], "");
  EXPECT_EQ(found["is_org_fault"]["advice"], "FIX_ORG");
}

TEST(Catalogue, flows_are_found_by_their_exact_name) {
  for (const FlowSpec* flow : all_flows()) EXPECT_EQ(find_flow(flow->name), flow);
  for (const char* other : {"", "Login", "login ", "logi", "loginx"}) EXPECT_EQ(find_flow(other), nullptr) << other;
}

TEST(Limits, every_setting_and_parameter_has_a_maximum) {
  const auto check = [](std::span<const ValueSpec> rows) {
    for (const ValueSpec& row : rows) {
      const bool bounded = row.max_bytes > 0 || !row.choices.empty() || row.kind == ValueKind::flag ||
                           (row.kind == ValueKind::integer && row.max > 0);
      EXPECT_TRUE(bounded) << row.name;
    }
  };
  check(app_settings());
  for (const FlowSpec* flow : all_flows()) check(flow->parameters);
}

TEST(Limits, a_setting_is_taken_at_its_maximum_and_refused_above) {
  for (const ValueSpec& row : app_settings()) {
    if (row.max_bytes == 0 || row.kind == ValueKind::json) continue;
    std::string value = row.kind == ValueKind::url ? "https://h/" : "x";
    value += std::string(row.max_bytes - value.size(), 'x');
    EXPECT_TRUE(check_value(row, value)) << row.name;
    EXPECT_FALSE(check_value(row, value + "x")) << row.name;
  }
}

}  // namespace
}  // namespace hlid
