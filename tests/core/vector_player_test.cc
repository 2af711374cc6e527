// Plays tests/vectors through hlid::Flow. The format: tests/vectors/README.md. L28: the same in every language.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "engine/flow.h"
#include "flows/registry.h"

namespace {

using Json = nlohmann::ordered_json;  // settings are given in the order of the file

constexpr int64_t kDefaultNowMs = 1'767'225'600'000;

std::string percent_encoded(std::string_view text) {
  hlid::Secret out;
  hlid::append_form_encoded(out, text);
  std::string encoded(out.view());
  for (size_t at = encoded.find('+'); at != std::string::npos; at = encoded.find('+', at)) encoded.replace(at, 1, "%20");
  return encoded;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// What failed, on the first fault; empty as long as all is well.
class Player {
 public:
  explicit Player(Json vector) : vector_(std::move(vector)), now_ms_(vector_.value("now_ms", kDefaultNowMs)) {}

  std::string play() {
    if (vector_.contains("refused")) {
      play_refused();
    } else {
      play_conversation();
    }
    return fault_;
  }

  // The same, but at each ASK and SHOW through a ticket: nothing in the rest may change by that.
  std::string play_travelling() {
    always_travels_ = true;
    if (!vector_["settings"].contains("seal_keys"))
      vector_["settings"]["seal_keys"] = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    return play();
  }

 private:
  // ---- what is given ----

  std::string bytes_of(const Json& value) const {
    if (value.is_string()) return filled(value.get<std::string>());
    if (value.is_array()) {
      std::string out;
      for (const Json& part : value) out += bytes_of(part);
      return out;
    }
    if (value.contains("repeat")) {
      const std::string part = bytes_of(value["repeat"]);
      std::string out;
      for (int64_t left = value["times"]; left > 0; --left) out += part;
      return out;
    }
    if (value.contains("base64")) {
      const auto decoded = hlid::from_base64(value["base64"].get<std::string>(), hlid::Base64::standard);
      return decoded ? std::string(decoded->view()) : std::string("?");
    }
    return filled(value.at("json").dump());
  }

  // The end of the hole that begins at `at`, its name, and whether it is to be percent-encoded.
  struct Hole {
    size_t begin, end;
    std::string name;
    bool encoded;
  };

  static std::optional<Hole> next_hole(std::string_view text, size_t from) {
    const size_t begin = text.find("${", from);
    if (begin == std::string_view::npos) return std::nullopt;
    const size_t end = text.find('}', begin);
    if (end == std::string_view::npos) return std::nullopt;
    std::string name(text.substr(begin + 2, end - begin - 2));
    const bool encoded = name.ends_with("|form");
    if (encoded) name.resize(name.size() - 5);
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    });
    if (!good) return next_hole(text, begin + 2);
    return Hole{begin, end + 1, name, encoded};
  }

  std::string filled(std::string_view text) const {
    std::string out;
    size_t at = 0;
    while (const auto hole = next_hole(text, at)) {
      out += text.substr(at, hole->begin - at);
      const auto known = captured_.find(hole->name);
      if (known == captured_.end()) return "nothing was captured as " + hole->name;
      out += hole->encoded ? percent_encoded(known->second) : known->second;
      at = hole->end;
    }
    out += text.substr(at);
    return out;
  }

  // ---- what is expected ----

  bool fail(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
    return false;
  }

  // Matches, and captures the holes that are met for the first time with the shortest texts that fit.
  bool matches(std::string_view wanted, std::string_view found) {
    const auto hole = next_hole(wanted, 0);
    if (!hole) return wanted == found;
    if (found.substr(0, hole->begin) != wanted.substr(0, hole->begin) || found.size() < hole->begin) return false;
    found.remove_prefix(hole->begin);
    const std::string_view rest = wanted.substr(hole->end);
    if (const auto known = captured_.find(hole->name); known != captured_.end()) {
      const std::string value = hole->encoded ? percent_encoded(known->second) : known->second;
      return found.starts_with(value) && matches(rest, found.substr(value.size()));
    }
    for (size_t size = 1; size <= found.size(); ++size) {
      captured_[hole->name] = std::string(found.substr(0, size));
      if (matches(rest, found.substr(size))) return true;
    }
    captured_.erase(hole->name);
    return false;
  }

  bool expect(const Json& wanted, std::string_view found, const std::string& what) {
    // Holes in what is expected are captured, not filled; so only the long forms are spelled out.
    const std::string text = wanted.is_string() ? wanted.get<std::string>() : bytes_of(wanted);
    if (matches(text, found)) return true;
    return fail(what + ": expected \"" + text.substr(0, 400) + "\", found \"" + std::string(found.substr(0, 400)) + "\"");
  }

  bool expect_names(const std::map<std::string, std::string>& found, const Json& wanted, const std::string& what) {
    for (const auto& [name, value] : found) {
      if (!wanted.contains(name)) return fail(what + " " + name + " was not expected");
    }
    for (const auto& [name, value] : wanted.items()) {
      if (!found.contains(name)) return fail(what + " " + name + " is missing");
      if (!expect(value, found.at(name), what + " " + name)) return false;
    }
    return true;
  }

  bool expect_headers(const Json& wanted, const hlid::Request& request) {
    std::map<std::string, std::string> found;
    for (const hlid::Header& header : request.headers) {
      const std::string name = lower(header.name);
      if (name == "accept" || name == "user-agent") continue;
      if (!found.emplace(name, header.value).second) return fail("header " + name + " is sent twice");
    }
    return expect_names(found, wanted, "header");
  }

  bool expect_form(const Json& wanted, const hlid::Request& request) {
    std::map<std::string, std::string> found;
    hlid::FormReader reader(request.body.view());
    while (reader.next()) {
      const auto name = hlid::form_decoded(reader.name());
      const auto value = hlid::form_decoded(reader.value());
      if (!name || !value) return fail("the body is no form");
      if (!found.emplace(name->view(), value->view()).second)
        return fail("field " + std::string(name->view()) + " is sent twice");
    }
    return expect_names(found, wanted, "field");
  }

  // Its name, method and kind are those that the flow's description lists.
  bool is_described(const hlid::Request& request) {
    const auto requests = flow_->spec().requests();
    return std::any_of(requests.begin(), requests.end(),
                       [&](const hlid::RequestSpec* spec) {
                         return std::string_view(spec->name) == request.name &&
                                std::string_view(spec->method) == request.method && spec->retry_safe == request.retry_safe;
                       }) ||
           fail(std::string("the flow's description does not list the request ") + request.name);
  }

  bool expect_request(const Json& wanted, const hlid::Request& request) {
    for (const auto& [member, value] : wanted.items()) {
      bool good = true;
      if (member == "name") {
        good = expect(value, request.name, member);
      } else if (member == "method") {
        good = expect(value, request.method, member);
      } else if (member == "url") {
        good = expect(value, request.url, member);
      } else if (member == "body") {
        good = expect(value, request.body.view(), member);
      } else if (member == "headers") {
        good = expect_headers(value, request);
      } else if (member == "form") {
        good = expect_form(value, request);
      } else if (member == "retry_safe") {
        good = request.retry_safe == value.get<bool>() || fail("retry_safe");
      } else if (member == "prefers_http2") {
        good = request.prefers_http2 == value.get<bool>() || fail("prefers_http2");
      } else {
        good = fail("the player does not know " + member);
      }
      if (!good) return false;
    }
    return true;
  }

  bool expect_error(const Json& wanted, const hlid::Error& error) {
    const hlid::Error::Data& data = error.data();
    const std::map<std::string, std::string> texts = {{"kind", std::string(name_of(data.kind))},
                                                      {"advice", std::string(name_of(data.advice))},
                                                      {"reason", data.reason},
                                                      {"message", data.message},
                                                      {"hint", data.hint},
                                                      {"field", data.field},
                                                      {"server_code", data.server_code},
                                                      {"server_text", data.server_text}};
    const std::string shown =
        " (" + texts.at("kind") + " " + texts.at("advice") + " " + texts.at("reason") + ": " + texts.at("message") + ")";
    for (const auto& [member, value] : wanted.items()) {
      if (member == "hint_has" || member == "message_has") {
        const std::string& text = texts.at(member.substr(0, member.size() - 4));
        for (const Json& part : value) {
          if (text.find(part.get<std::string>()) == std::string::npos)
            return fail(member + " " + part.get<std::string>() + " is not in \"" + text + "\"");
        }
      } else if (member == "http_status") {
        if (data.http_status != value.get<int32_t>()) return fail("http_status is " + std::to_string(data.http_status) + shown);
      } else if (member == "outcome_unknown") {
        if (data.outcome_unknown != value.get<bool>()) return fail("outcome_unknown" + shown);
      } else if (member == "retry_after_ms") {
        if (data.retry_after_ms != value.get<int64_t>())
          return fail("retry_after_ms is " + std::to_string(data.retry_after_ms) + shown);
      } else if (texts.at(member) != value.get<std::string>()) {
        return fail(member + ": expected \"" + value.get<std::string>() + "\", found \"" + texts.at(member) + "\"" + shown);
      }
    }
    return true;
  }

  // ---- the conversation ----

  hlid::Result<std::shared_ptr<const hlid::App>> make_app() {
    std::vector<std::pair<std::string, std::string>> held;
    for (const auto& [name, value] : vector_["settings"].items()) {
      if (!value.is_null()) held.emplace_back(name, bytes_of(value));
    }
    std::vector<hlid::NamedValue> values;
    for (const auto& [name, value] : held) values.push_back({name, value});
    return hlid::App::create(values);
  }

  hlid::Result<void> set_parameters(hlid::Flow& flow) {
    const Json parameters = vector_.value("parameters", Json::object());
    for (const auto& [name, value] : parameters.items()) {
      if (value.is_null()) continue;
      if (auto set = flow.set(name, bytes_of(value)); !set) return set;
    }
    return {};
  }

  void play_refused() {
    const Json& refused = vector_["refused"];
    const auto check = [&](const char* at, const hlid::Error& error) {
      if (refused["at"].get<std::string>() != at)
        return void(fail(std::string("was refused at ") + at + ": " + error.data().message));
      expect_error(refused["error"], error);
    };
    auto app = make_app();
    if (!app) return check("settings", app.error());
    app_ = *app;
    if (auto made = make_flow(); !made) return check(vector_.contains("ticket") ? "ticket" : "flow", made.error());
    if (auto set = set_parameters(*flow_); !set) return check("parameter", set.error());
    if (auto step = flow_->next(now_ms_); !step) return check("next", step.error());
    fail("was not refused");
  }

  bool give(hlid::Flow& flow, const Json& wanted) {
    if (wanted.contains("no_response")) {
      const Json& none = wanted["no_response"];
      const std::string why = none.contains("why") ? bytes_of(none["why"]) : std::string();
      return flow.give_no_response(none["sent"].get<std::string>() == "maybe", "no_response", why).has_value() ||
             fail("give_no_response was refused");
    }
    const Json& response = wanted["response"];
    if (response.contains("headers")) {
      for (const Json& header : response["headers"]) {
        // After the header that is too much the flow waits no more; the end says so.
        if (!flow.give_header(bytes_of(header[0]), bytes_of(header[1]))) break;
      }
    }
    const std::string body = response.contains("body") ? bytes_of(response["body"]) : std::string();
    (void)flow.give_response(response["status"].get<int32_t>(), response.value("http_version", 0), body);
    return true;
  }

  // The flow goes into a ticket, and another comes out of it that must ask the same.
  bool travel(const Json& wanted) {
    const Json& ticket = wanted.contains("ticket") ? wanted["ticket"] : Json();
    const std::string binding = ticket.is_object() ? ticket.value("binding", "") : std::string();
    const hlid::Step before = flow_->step();
    const std::string asked(before == hlid::Step::show ? flow_->show().url.view() : flow_->ask().name);
    if (auto sealed = flow_->seal(binding, now_ms_); !sealed) return fail("seal: " + sealed.error().data().message);
    if (flow_->ticket().size() > hlid::kMaxTicket)
      return fail("a ticket of " + std::to_string(flow_->ticket().size()) + " characters");
    auto opened = hlid::open_ticket(flow_->app(), "", flow_->ticket(), binding, now_ms_);
    if (!opened) return fail("open_ticket: " + opened.error().data().message);
    auto other = std::make_unique<hlid::Flow>(app_, *hlid::find_flow(opened->flow));
    if (auto restored = other->restore(*opened); !restored) return fail("restore: " + restored.error().data().message);
    if (other->ticket_id() != flow_->ticket_id()) return fail("the ticket's id is another");
    flow_ = std::move(other);
    const auto step = flow_->next(now_ms_);
    if (!step || *step != before) return fail("out of the ticket it says something else");
    return asked == (before == hlid::Step::show ? flow_->show().url.view() : flow_->ask().name) ||
           fail("out of the ticket it asks for something else");
  }

  bool expect_show(const Json& wanted, const hlid::Show& show) {
    const std::map<std::string, std::string_view> found = {
        {"url", show.url.view()}, {"code", show.code}, {"verification_uri", show.verification_uri}};
    for (const auto& [member, value] : wanted.items()) {
      if (!expect(value, found.at(member), member)) return false;
    }
    return true;
  }

  bool play_step(const Json& wanted) {
    hlid::Flow& flow = *flow_;
    now_ms_ += wanted.value("advance_ms", int64_t{0});
    const auto step = flow.next(now_ms_);
    if (!step) return fail("next: " + step.error().data().message);
    if (name_of_step(*step) != wanted["step"].get<std::string>()) {
      return fail("step " + name_of_step(*step) + " instead of " + wanted["step"].get<std::string>() +
                  (flow.error() ? ": " + flow.error()->data().message : ""));
    }
    // Of a page that asks for nothing, a second call says that it was shown.
    const bool shown = *step == hlid::Step::show && *flow.ask().name == '\0';
    if (!shown) {
      if (const auto again = flow.next(now_ms_); !again || *again != *step) return fail("asked again, it said something else");
    }
    switch (*step) {
      case hlid::Step::send:
        return is_described(flow.request()) && give_offers(flow, wanted) &&
               (!wanted.contains("request") || expect_request(wanted["request"], flow.request())) && give(flow, wanted);
      case hlid::Step::wait: {
        const int64_t wait = flow.wait_until_ms() - now_ms_;
        if (wait <= 0 || wait > wanted.value("wait_at_most_ms", wait)) return fail("waits " + std::to_string(wait) + " ms");
        now_ms_ = flow.wait_until_ms();
        return true;
      }
      case hlid::Step::ask:
      case hlid::Step::show:
        if (wanted.contains("ask") && !expect_ask(wanted["ask"], flow.ask())) return false;
        if (wanted.contains("show") && !expect_show(wanted["show"], flow.show())) return false;
        if (!give_offers(flow, wanted)) return false;
        if ((always_travels_ || wanted.contains("ticket")) && !travel(wanted)) return false;
        return give_value(*flow_, wanted);
      case hlid::Step::sign: {
        const Json none;
        const Json& sign = wanted.contains("sign") ? wanted["sign"] : none;
        return (sign.is_null() || (expect(sign["algorithm"], flow.sign().algorithm, "algorithm") &&
                                   expect(sign["input"], flow.sign().input.view(), "input"))) &&
               give_offers(flow, wanted) && give_value(flow, wanted);
      }
      default: return fail("the player does not know this step");
    }
  }

  bool expect_ask(const Json& wanted, const hlid::Ask& ask) {
    if (wanted.contains("name") && !expect(wanted["name"], ask.name, "ask")) return false;
    if (wanted.contains("secret") && ask.secret != wanted["secret"].get<bool>()) return fail("secret");
    if (!wanted.contains("problem")) return true;
    const Json& problem = wanted["problem"];
    if (problem.is_null()) return !ask.problem || fail("a problem: " + ask.problem->data().message);
    return ask.problem ? expect_error(problem, *ask.problem) : fail("there is no problem");
  }

  // Values before they are asked for.
  bool give_offers(hlid::Flow& flow, const Json& wanted) {
    for (const Json& offer : wanted.value("offer", Json::array())) {
      const auto given = flow.offer(offer["name"].get<std::string>(), bytes_of(offer["value"]));
      if (!offer.contains("error")) {
        if (!given) return fail("offer: " + given.error().data().message);
      } else if (given) {
        return fail("took an offer that it should refuse");
      } else if (!expect_error(offer["error"], given.error())) {
        return false;
      }
    }
    return true;
  }

  // What a person brings: first new parameters, then a value or the wish for a new message.
  bool give_value(hlid::Flow& flow, const Json& wanted) {
    const Json set = wanted.value("set", Json::object());
    for (const auto& [name, value] : set.items()) {
      if (auto good = flow.set(name, bytes_of(value)); !good) return fail("set: " + good.error().data().message);
    }
    if (wanted.value("resend", false)) {
      auto resent = flow.resend();
      return resent.has_value() || fail("resend: " + resent.error().data().message);
    }
    for (const Json& refused : wanted.value("refuses", Json::array())) {
      const auto given = flow.give_value(refused["name"].get<std::string>(), bytes_of(refused["value"]));
      if (given) return fail("took what it should refuse");
      if (!expect_error(refused["error"], given.error())) return false;
    }
    if (wanted.contains("give_nothing")) {
      const Json& nothing = wanted["give_nothing"];
      return flow.give_nothing(nothing.contains("why") ? bytes_of(nothing["why"]) : std::string()).has_value() ||
             fail("give_nothing was refused");
    }
    if (!wanted.contains("value")) return true;  // an offer was what it asked for
    return flow.give_value(wanted["value"]["name"].get<std::string>(), bytes_of(wanted["value"]["value"])).has_value() ||
           fail("give_value was refused");
  }

  void play_conversation() {
    auto app = make_app();
    if (!app) return void(fail("settings: " + app.error().data().message));
    app_ = *app;
    if (auto made = make_flow(); !made) return void(fail("ticket: " + made.error().data().message));
    if (auto set = set_parameters(*flow_); !set) return void(fail("parameters: " + set.error().data().message));
    if (!give_offers(*flow_, vector_)) return;
    for (const Json& wanted : vector_["steps"]) {
      if (!play_step(wanted)) return;
    }
    play_end(*flow_);
  }

  // By name, or out of a ticket.
  hlid::Result<void> make_flow() {
    if (!vector_.contains("ticket")) {
      const hlid::FlowSpec& spec = *hlid::find_flow(vector_["flow"].get<std::string>());
      if (auto good = spec.check_app(*app_); !good) return good;
      flow_ = std::make_unique<hlid::Flow>(app_, spec);
      return {};
    }
    auto opened = hlid::open_ticket(*app_, vector_.value("wanted_flow", ""), bytes_of(vector_["ticket"]),
                                    vector_.value("binding", ""), now_ms_);
    if (!opened) return std::move(opened).error();
    const hlid::FlowSpec* spec = hlid::find_flow(opened->flow);
    if (spec == nullptr) return hlid::refused_ticket();
    flow_ = std::make_unique<hlid::Flow>(app_, *spec);
    return flow_->restore(*opened);
  }

  void play_end(hlid::Flow& flow) {
    const Json& wanted = vector_["end"];
    const auto step = flow.next(now_ms_);
    if (!step) return void(fail("next: " + step.error().data().message));
    if (name_of_step(*step) != wanted["step"].get<std::string>()) {
      return void(fail("ends as " + name_of_step(*step) + (flow.error() ? ": " + flow.error()->data().message : "")));
    }
    if (const auto again = flow.next(now_ms_ + 86'400'000); !again || *again != *step)
      return void(fail("the end is not the end"));
    if (*step == hlid::Step::failed) {
      expect_error(wanted.value("error", Json::object()), *flow.error());
      return;
    }
    const Json result = wanted.value("result", Json::object());
    for (const auto& [name, value] : result.items()) {
      if (!expect(value, flow.result()->get(name), "result " + name)) return;
    }
    for (const Json& name : wanted.value("absent", Json::array())) {
      if (!flow.result()->get(name.get<std::string>()).empty())
        return void(fail("result " + name.get<std::string>() + " is there"));
    }
    // A field is named once, and stands in the catalogue.
    for (const auto& [name, value] : flow.result()->values()) {
      const auto fields = flow.spec().result->fields;
      if (std::none_of(fields.begin(), fields.end(),
                       [&](const hlid::FieldSpec& field) { return std::string_view(field.name) == name; })) {
        return void(fail(std::string("result ") + name + " is not in the catalogue"));
      }
      if (flow.result()->get(name).data() != value.data()) return void(fail(std::string("result ") + name + " is there twice"));
    }
  }

  static std::string name_of_step(hlid::Step step) {
    switch (step) {
      case hlid::Step::send: return "SEND";
      case hlid::Step::ask: return "ASK";
      case hlid::Step::show: return "SHOW";
      case hlid::Step::sign: return "SIGN";
      case hlid::Step::wait: return "WAIT";
      case hlid::Step::done: return "DONE";
      case hlid::Step::failed: return "FAILED";
      case hlid::Step::store: return "STORE";
    }
    return "?";
  }

  Json vector_;
  bool always_travels_ = false;
  std::shared_ptr<const hlid::App> app_;
  std::unique_ptr<hlid::Flow> flow_;
  int64_t now_ms_;
  std::map<std::string, std::string> captured_;
  std::string fault_;
};

Json varied(Json base, const Json& variant) {
  base.erase("variants");
  for (const auto& [member, value] : variant.items()) {
    if (member == "response" || member == "no_response") {
      base["steps"].back().erase("response");
      base["steps"].back().erase("no_response");
      base["steps"].back()[member] = value;
    } else if (member == "settings" || member == "parameters") {
      for (const auto& [name, each] : value.items()) base[member][name] = each;  // null is left out when it is given
    } else {
      base[member] = value;
    }
  }
  if (variant.contains("refused")) {
    base.erase("steps");
    base.erase("end");
  } else if (variant.contains("end")) {
    base.erase("refused");
  }
  return base;
}

class VectorTest : public testing::Test {
 public:
  explicit VectorTest(Json vector) : vector_(std::move(vector)) {}
  void TestBody() override {
    const std::string about = vector_.value("about", "");
    EXPECT_EQ(Player(vector_).play(), "") << about;
    const auto waits = [](const Json& step) { return step.value("step", "") == "ASK" || step.value("step", "") == "SHOW"; };
    const Json steps = vector_.value("steps", Json::array());
    if (std::any_of(steps.begin(), steps.end(), waits) && vector_.value("travels", true)) {
      EXPECT_EQ(Player(vector_).play_travelling(), "") << about << ", in tickets";
    }
  }

 private:
  Json vector_;
};

void add(const std::string& name, Json vector) {
  testing::RegisterTest("Vectors", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [vector = std::move(vector)]() -> testing::Test* { return new VectorTest(vector); });
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(HLID_VECTORS)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const Json file = Json::parse(std::ifstream(path));
    const std::string name = path.stem().string();
    if (file.contains("end") || file.contains("refused")) add(name, varied(file, Json::object()));
    size_t number = 0;
    for (const Json& variant : file.value("variants", Json::array()))
      add(name + "[" + std::to_string(number++) + "]", varied(file, variant));
  }
  if (paths.empty()) return 1;
  return RUN_ALL_TESTS();
}
