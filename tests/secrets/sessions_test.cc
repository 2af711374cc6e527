// Z: sessions in a store: what the library says of them, what the store holds, and what this process's memory keeps.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "../support/new_app.h"
#include "conversation.h"

namespace secrets {
namespace {

// How the server responds to a refresh.
enum class Refresh { good, refused, unavailable, no_response, cut_json };

class Sessions : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"access_token", "refresh_token", "id_token", "next_access_token", "next_refresh_token"})
      marks_[name].append_random(60);
    marks_["session_key"].append_random(32);
    marks_["store_key"].append_random(40);
    Plain keys;
    keys.append("k1:").append(Masked().append_base64url(marks_["session_key"]));
    app_ = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                    {"client_id", hlid_str("3MVG9Example.ClientId")},
                    {"session_keys", keys.view()}});
    must(app_ != nullptr);
    must(hlid_sessions_new(app_, {nullptr, 0}, &sessions_, nullptr) == HLID_OK);
    const Plain key(marks_["store_key"]);
    must(hlid_session_new(sessions_, key.view(), &session_, nullptr) == HLID_OK);
  }
  void TearDown() override {
    free_all();
    hlid_memory_store_free(store_);
  }
  void free_all() {
    hlid_session_free(session_);
    hlid_sessions_free(sessions_);
    hlid_app_free(app_);
    session_ = nullptr;
    sessions_ = nullptr;
    app_ = nullptr;
  }

  std::vector<Form> forms(std::initializer_list<const char*> but = {}) {
    std::vector<Form> all;
    for (const auto& [name, mark] : marks_) {
      if (std::find(but.begin(), but.end(), name) != but.end()) continue;
      for (Form& form : forms_of(name, mark)) all.push_back(std::move(form));
    }
    return all;
  }

  void member(Plain& json, std::string_view name, const char* mark) {
    json.append(json.view().size <= 1 ? "\"" : ",\"").append(name).append("\":\"").append(marks_.at(mark)).append("\"");
  }

  hlid_flow* make(const char* name, const char* parameter, const std::function<void(Plain&)>& fill) {
    hlid_flow* flow = nullptr;
    must(hlid_session_flow_new(session_, hlid_str(name), &flow, nullptr) == HLID_OK);
    must(hlid_flow_set_trace(flow, 1, nullptr) == HLID_OK && hlid_flow_set_events(flow, 1, nullptr) == HLID_OK);
    Plain value;
    fill(value);
    if (parameter != nullptr) must(hlid_flow_set(flow, hlid_str(parameter), value.view(), nullptr) == HLID_OK);
    return flow;
  }

  void respond(hlid_flow* flow) {
    ++sent_;
    sent_text_ = text(hlid_flow_request_body(flow));
    Plain body;
    int status = 200;
    if (text(hlid_flow_request_name(flow)) == "revoke") {
      must(hlid_flow_give_response(flow, 200, 11, {nullptr, 0}, nullptr) == HLID_OK);
      return;
    }
    if (how_ == Refresh::no_response) {
      body.append("reset while ").append(marks_.at("refresh_token")).append(" was sent");
      must(hlid_flow_give_no_response(flow, HLID_MAYBE_SENT, body.view(), nullptr) == HLID_OK);
      return;
    }
    body.append("{");
    if (how_ == Refresh::good || how_ == Refresh::cut_json) {
      member(body, "access_token", "next_access_token");
      member(body, "refresh_token", "next_refresh_token");
      body.append(R"(,"token_type":"Bearer","expires_in":7200)");
    } else {
      member(body, "error", how_ == Refresh::refused ? "refresh_token" : "access_token");
      member(body, "error_description", "refresh_token");
      status = how_ == Refresh::refused ? 400 : 503;
    }
    if (how_ != Refresh::cut_json) body.append("}");
    must(hlid_flow_give_header(flow, hlid_str("Content-Type"), hlid_str("application/json"), nullptr) == HLID_OK);
    must(hlid_flow_give_response(flow, status, 11, body.view(), nullptr) == HLID_OK);
  }

  // What is said is kept; the flow is freed.
  hlid_step run(hlid_flow* flow) {
    hlid_step step = 0;
    for (;;) {
      must(hlid_flow_next(flow, now_, &step, nullptr) == HLID_OK);
      if (step == HLID_STEP_STORE) {
        if (hlid_flow_store_operation(flow) == HLID_STORE_SAVE) stored_ += text(hlid_flow_store_value(flow));
        must((is_away_ ? hlid_flow_give_store_fault(flow, hlid_str("away"), nullptr)
                       : hlid_memory_store_serve(store_, flow, now_, nullptr)) == HLID_OK);
      } else if (step == HLID_STEP_SEND) {
        respond(flow);
      } else if (step == HLID_STEP_WAIT) {
        now_ = hlid_flow_wait_until_ms(flow);
      } else {
        break;
      }
    }
    said_ += std::string(text(hlid_flow_trace(flow))) + "\n";
    events_ += text(hlid_flow_events(flow));
    if (const hlid_error* error = hlid_flow_error(flow); error != nullptr) {
      for (const hlid_view part : {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error),
                                   hlid_error_reason(error), hlid_error_server_code(error), hlid_error_server_text(error)})
        said_ += std::string(text(part)) + "\n";
    }
    hlid_flow_free(flow);
    return step;
  }

  hlid_step begin() {
    return run(make("begin", "tokens", [&](Plain& tokens) {
      tokens.append("{");
      for (const char* name : {"access_token", "refresh_token", "id_token"}) member(tokens, name, name);
      tokens.append(R"(,"expires_at_ms":1767232800000})");
    }));
  }
  hlid_step token() {
    return run(make("token", nullptr, [](Plain&) {}));
  }
  hlid_step rejected() {
    return run(make("rejected", "access_token", [&](Plain& value) { value.append(marks_.at("access_token")); }));
  }
  hlid_step end() {
    return run(make("end", nullptr, [](Plain&) {}));
  }

  void expect_nothing_said() {
    EXPECT_NE(events_.find(R"("event":"store")"), std::string::npos);
    EXPECT_EQ(told(found_in(said_, forms())), "") << said_;
    EXPECT_EQ(told(found_in(events_, forms())), "") << events_;
    EXPECT_EQ(told(found_in(stored_, forms())), "");
  }

  std::map<std::string, Masked> marks_;
  hlid_app* app_ = nullptr;
  hlid_sessions* sessions_ = nullptr;
  hlid_session* session_ = nullptr;
  hlid_memory_store* store_ = hlid_memory_store_new();
  int64_t now_ = 1'767'225'600'000;
  Refresh how_ = Refresh::good;
  bool is_away_ = false;
  int sent_ = 0;
  std::string sent_text_;
  std::string said_;
  std::string events_;
  std::string stored_;
};

TEST_F(Sessions, say_no_secret_from_begin_to_end) {
  ASSERT_EQ(begin(), HLID_STEP_DONE);
  ASSERT_EQ(token(), HLID_STEP_DONE);
  ASSERT_EQ(rejected(), HLID_STEP_DONE);
  // The search is worth something: this is what went to the server.
  EXPECT_NE(told(found_in(sent_text_, forms())), "");
  EXPECT_GT(stored_.size(), 0U);
  ASSERT_EQ(end(), HLID_STEP_DONE);
  EXPECT_EQ(sent_, 3);
  EXPECT_NE(events_.find(R"("event":"request")"), std::string::npos);
  expect_nothing_said();
}

TEST_F(Sessions, say_no_secret_that_the_server_says_back) {
  for (const Refresh how : {Refresh::refused, Refresh::unavailable, Refresh::no_response, Refresh::cut_json}) {
    how_ = how;
    ASSERT_EQ(begin(), HLID_STEP_DONE);
    EXPECT_EQ(rejected(), HLID_STEP_FAILED);
    (void)token();
    expect_nothing_said();
  }
}

TEST_F(Sessions, say_no_secret_while_the_store_is_away) {
  ASSERT_EQ(begin(), HLID_STEP_DONE);
  is_away_ = true;
  EXPECT_EQ(rejected(), HLID_STEP_FAILED);
  (void)token();
  EXPECT_EQ(end(), HLID_STEP_FAILED);
  expect_nothing_said();
}

// A process keeps of a session its last access token, and of the app the keys; when they go, nothing.
TEST_F(Sessions, leave_nothing_in_memory) {
  ASSERT_EQ(begin(), HLID_STEP_DONE);
  ASSERT_EQ(rejected(), HLID_STEP_DONE);
  sent_text_.assign(sent_text_.size(), ' ');
  EXPECT_EQ(told(found_in_memory(forms({"session_key", "store_key", "next_access_token"}))), "");
  EXPECT_NE(told(found_in_memory(forms({"session_key", "store_key"}))), "");
  ASSERT_EQ(end(), HLID_STEP_DONE);
  sent_text_.assign(sent_text_.size(), ' ');
  free_all();
  EXPECT_EQ(told(found_in_memory(forms({"store_key"}))), "");
}

}  // namespace
}  // namespace secrets
