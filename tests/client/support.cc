#include "support.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace client_test {

const Certificates& certificates() {
  static const Certificates kAll;
  return kAll;
}

TlsOptions tls(const Leaf& leaf) {
  TlsOptions options;
  options.identity = certificates().leaf(leaf);
  return options;
}

TempFile::TempFile(std::string_view content) {
  const char* folder = std::getenv("TMPDIR");
  path_ = std::string(folder == nullptr ? "/tmp" : folder) + "/headlessid_client_test_XXXXXX";
  const int fd = ::mkstemp(path_.data());
  if (fd < 0 || ::write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
  ::close(fd);
}

TempFile::~TempFile() { ::unlink(path_.c_str()); }

const std::string& ca_file() {
  static const TempFile kFile(certificates().ca_pem());
  return kFile.path();
}

Said said(const hlid_error* error) {
  Said out;
  if (error == nullptr) return out;
  out.kind = hlid_error_kind(error);
  out.advice = hlid_error_advice(error);
  out.reason = text(hlid_error_reason(error));
  out.message = text(hlid_error_message(error));
  out.hint = text(hlid_error_hint(error));
  out.field = text(hlid_error_field(error));
  out.server_code = text(hlid_error_server_code(error));
  out.server_text = text(hlid_error_server_text(error));
  out.http_status = hlid_error_http_status(error);
  out.outcome_unknown = hlid_error_outcome_unknown(error) != 0;
  return out;
}

namespace {

Said take(hlid_error* error) {
  Said out = said(error);
  hlid_error_free(error);
  return out;
}

}  // namespace

App make_app(const std::string& site, const Settings& more, Said* refused) {
  Settings all = {{"site", site}, {"client_id", "client-of-tests"}, {"redirect_uri", kCallback}, {"ca_file", ca_file()}};
  if (site.starts_with("http:")) all.emplace_back("allow_http_loopback", "true");
  for (const auto& setting : more) {
    std::erase_if(all, [&](const auto& own) { return own.first == setting.first; });
    all.push_back(setting);
  }
  const std::unique_ptr<hlid_settings, void (*)(hlid_settings*)> settings(hlid_settings_new(), hlid_settings_free);
  hlid_error* error = nullptr;
  hlid_app* app = nullptr;
  for (const auto& [name, value] : all) {
    if (value.empty()) continue;
    if (hlid_settings_set(settings.get(), view(name), view(value), &error) != HLID_OK) break;
  }
  if (error != nullptr || hlid_app_new(settings.get(), &app, &error) != HLID_OK) {
    const Said why = take(error);
    if (refused == nullptr) {
      ADD_FAILURE() << why.message;
    } else {
      *refused = why;
    }
  }
  return App(app);
}

Client make_client(const App& app, Said* refused, int64_t max_in_flight) {
  hlid_client* client = nullptr;
  hlid_error* error = nullptr;
  if (hlid_client_new(app.get(), max_in_flight, &client, &error) != HLID_OK) {
    const Said why = take(error);
    if (refused == nullptr) {
      ADD_FAILURE() << why.message;
    } else {
      *refused = why;
    }
  }
  return Client(client);
}

Flow make_flow(const App& app, std::string_view name, const Settings& parameters, int64_t timeout_ms) {
  hlid_flow* flow = nullptr;
  hlid_error* error = nullptr;
  hlid_status status = hlid_flow_new(app.get(), view(name), &flow, &error);
  for (const auto& [parameter, value] : parameters) {
    if (status == HLID_OK) status = hlid_flow_set(flow, view(parameter), view(value), &error);
  }
  if (status == HLID_OK && timeout_ms != 0) status = hlid_flow_set_timeout_ms(flow, timeout_ms, &error);
  if (status != HLID_OK) ADD_FAILURE() << take(error).message;
  return Flow(flow);
}

Flow make_login(const App& app, int64_t timeout_ms) {
  return make_flow(app, "login", {{"username", kUsername}, {"password", kPassword}}, timeout_ms);
}
Flow make_userinfo(const App& app, int64_t timeout_ms) {
  return make_flow(app, "userinfo", {{"access_token", "marked-access-token"}}, timeout_ms);
}
Flow make_revocation(const App& app, int64_t timeout_ms) {
  return make_flow(app, "revocation", {{"token", "marked-access-token"}}, timeout_ms);
}

Ended ended(const Flow& flow, hlid_step step) {
  Ended out;
  out.step = step;
  if (step == HLID_STEP_DONE) {
    out.access_token = text(hlid_result_get(hlid_flow_result(flow.get()), hlid_str("access_token")));
  } else if (step == HLID_STEP_FAILED) {
    out.error = said(hlid_flow_error(flow.get()));
    expect_no_secret(out.error);
  }
  return out;
}

Ended run(const Client& client, const Flow& flow) {
  hlid_step step = 0;
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_run(client.get(), flow.get(), &step, &error);
  if (status == HLID_OK) return ended(flow, step);
  Ended out;
  out.call = status;
  out.error = take(error);
  return out;
}

Signer::Signer(const std::string& site, const Settings& more) : app(make_app(site, more)), client(make_client(app)) {}

TlsOptions BothProtocols::wire(const Leaf& leaf) const {
  TlsOptions options = tls(leaf);
  options.alpn = {h2() ? "h2" : "http/1.1"};
  return options;
}

std::string protocol_name(const testing::TestParamInfo<Http>& which) { return which.param == Http::one ? "http1" : "http2"; }

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::size_t client_threads() {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    count += name == "headlessid" ? 1U : 0U;
  }
  return count;
}

bool client_threads_are_gone(int64_t within_ms) {
  for (const int64_t until = now_ms() + within_ms; now_ms() < until; ::usleep(1000)) {
    if (client_threads() == 0) return true;
  }
  return false;
}

void expect_no_secret(const Said& error) {
  for (const std::string* shown :
       {&error.reason, &error.message, &error.hint, &error.field, &error.server_code, &error.server_text}) {
    for (const char* secret : {kPassword, "marked-access-token", "marked-proxy-password", "CODE==", "CODE%3D"}) {
      EXPECT_EQ(shown->find(secret), std::string::npos) << *shown;
    }
  }
}

Reply userinfo_response() { return json_reply(200, kUserinfoJson); }

}  // namespace client_test
