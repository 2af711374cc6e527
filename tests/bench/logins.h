// One login, and again: ours, and the same two requests in a bare libcurl multi loop, used as its documentation has it, that does
// no protocol work.
#pragma once

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../support/new_app.h"
#include "headlessid/headlessid.h"

// As each program is given it.
struct Options {
  std::string site, ca_file, client_id, redirect_uri, username, password;
};

[[noreturn]] inline void stop(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

inline std::string text_of(hlid_view view) { return view.data == nullptr ? std::string() : std::string(view.data, view.size); }
inline hlid_view view_of(const std::string& text) { return {text.data(), text.size()}; }

// ---- ours ------------------------------------------------------------------------------------------

class Ours {
 public:
  // driven: this loop turns the client's.
  explicit Ours(const Options& options, bool driven = false) : options_(options), driven_(driven) {
    hlid_error* error = nullptr;
    const auto make = driven ? hlid_client_new_driven : hlid_client_new;
    app_ = new_app({{"site", view_of(options.site)},
                    {"client_id", view_of(options.client_id)},
                    {"redirect_uri", view_of(options.redirect_uri)},
                    {"ca_file", view_of(options.ca_file)}},
                   &error);
    if (app_ == nullptr || make(app_, 0, &client_, &error) != HLID_OK) {
      stop(text_of(hlid_error_message(error)));
    }
  }
  ~Ours() {
    hlid_client_free(client_);
    hlid_app_free(app_);
  }
  Ours(const Ours&) = delete;
  Ours& operator=(const Ours&) = delete;

  hlid_flow* login() {
    hlid_flow* flow = make("login");
    hlid_error* error = nullptr;
    const bool good = hlid_flow_set(flow, hlid_str("username"), view_of(options_.username), &error) == HLID_OK &&
                      hlid_flow_set(flow, hlid_str("password"), view_of(options_.password), &error) == HLID_OK;
    if (!good) stop(text_of(hlid_error_message(error)));
    return flow;
  }

  void start(uint64_t tag) { start(login(), tag); }

  // Documents in place of logins, at the org's own host, beside as many devices as there are of them.
  void run_beside_devices(int documents, int at_a_time) {
    for (; devices_ < at_a_time / 2; ++devices_) start(make("device"), kFirstDevice + static_cast<uint64_t>(devices_));
    while (shown_ < devices_) take();
    run(documents, at_a_time / 2, [this](uint64_t tag) { start(make("discovery"), tag); });
  }

  // In calls that wait, one after the other on each thread.
  void wait(int logins, int threads) {
    const auto work = [this](int count) {
      for (int i = 0; i < count; ++i) {
        hlid_flow* flow = login();
        hlid_error* error = nullptr;
        hlid_step step = 0;
        if (hlid_client_run(client_, flow, &step, &error) != HLID_OK) stop(text_of(hlid_error_message(error)));
        if (step != HLID_STEP_DONE) stop(text_of(hlid_error_message(hlid_flow_error(flow))));
        hlid_flow_free(flow);
      }
    };
    if (threads == 1) return work(logins);
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) all.emplace_back(work, logins / threads + (i < logins % threads ? 1 : 0));
    for (std::thread& one : all) one.join();
  }

  int take() {
    pollfd waiting{hlid_client_fd(client_), POLLIN, 0};
    poll(&waiting, 1, 1000);
    if (driven_) turn();
    hlid_completion done[64];
    const size_t count = hlid_client_take(client_, done, 64);
    int ended = 0;
    for (size_t i = 0; i < count; ++i) {
      if (done[i].step == HLID_STEP_SHOW) {  // a device has its code, and waits for somebody who approves it
        ++shown_;
        start(done[i].flow, done[i].tag);
        continue;
      }
      ++ended;
      if (done[i].tag >= kFirstDevice) stop("a device has not waited until the end");
      if (done[i].step != HLID_STEP_DONE) stop(text_of(hlid_error_message(hlid_flow_error(done[i].flow))));
      hlid_flow_free(done[i].flow);
    }
    return ended;
  }

  void run(int logins, int at_a_time) {
    run(logins, at_a_time, [this](uint64_t tag) { start(tag); });
  }

  // How long it held this thread, in microseconds of its CPU time, 99 times of 100.
  double turn_us() {
    std::sort(turns_us_.begin(), turns_us_.end());
    return turns_us_.empty() ? 0 : turns_us_[turns_us_.size() * 99 / 100];
  }
  void forget_turns() { turns_us_.clear(); }

 private:
  // The org needs a while for 10,000 of them.
  static constexpr int64_t kTimeoutMs = 600'000;
  static constexpr uint64_t kFirstDevice = 1'000'000'000;

  template <typename Start>
  void run(int flows, int at_a_time, Start start_one) {
    int started = 0;
    for (int ended = 0; ended < flows;) {
      while (started < flows && started - ended < at_a_time) start_one(static_cast<uint64_t>(started++));
      ended += take();
    }
  }
  hlid_flow* make(const char* name) {
    hlid_flow* flow = nullptr;
    hlid_error* error = nullptr;
    const bool good = hlid_flow_new(app_, hlid_str(name), &flow, &error) == HLID_OK &&
                      hlid_flow_set_timeout_ms(flow, kTimeoutMs, &error) == HLID_OK;
    if (!good) stop(text_of(hlid_error_message(error)));
    return flow;
  }
  void start(hlid_flow* flow, uint64_t tag) {
    hlid_error* error = nullptr;
    if (hlid_client_start(client_, flow, tag, HLID_START_QUEUE, &error) != HLID_OK) stop(text_of(hlid_error_message(error)));
  }

  static double thread_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
  }
  void turn() {
    const double before = thread_us();
    (void)hlid_client_turn(client_, 0, 0);
    turns_us_.push_back(thread_us() - before);
  }

  const Options& options_;
  const bool driven_;
  std::vector<double> turns_us_;
  int devices_ = 0;
  int shown_ = 0;  // of them, whose code has been shown
  hlid_app* app_ = nullptr;
  hlid_client* client_ = nullptr;
};

// ---- a bare libcurl multi loop -----------------------------------------------------------------------

class Bare {
 public:
  explicit Bare(const Options& options) : options_(options), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, 64L);
    headers_ = curl_slist_append(nullptr, "Auth-Request-Type: Named-User");
    headers_ = curl_slist_append(headers_, "Expect:");
  }
  ~Bare() {
    for (auto& transfer : idle_) curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(headers_);
    curl_multi_cleanup(multi_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  void run(int logins, int at_a_time) {
    int started = 0;
    for (int ended = 0; ended < logins;) {
      while (started < logins && started - ended < at_a_time) {
        authorize();
        ++started;
      }
      int running = 0;
      curl_multi_perform(multi_, &running);
      int left = 0;
      bool moved = false;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg == CURLMSG_DONE) ended += finished(message->easy_handle, message->data.result);
        moved = true;
      }
      // What has just ended leads to a new request: nothing to wait for yet.
      if (!moved) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
  }

 private:
  struct Transfer {
    CURL* easy = nullptr;
    bool token = false;
    std::string url, body, location, response;
  };

  static size_t on_header(char* data, size_t size, size_t count, void* user) {
    const std::string_view line(data, size * count);
    if (line.size() > 10 && strncasecmp(line.data(), "location: ", 10) == 0)
      static_cast<Transfer*>(user)->location = line.substr(10);
    return size * count;
  }
  static size_t on_body(char* data, size_t size, size_t count, void* user) {
    static_cast<Transfer*>(user)->response.append(data, size * count);
    return size * count;
  }

  std::string encoded(const std::string& text) {
    char* out = curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size()));
    std::string result(out);
    curl_free(out);
    return result;
  }

  void add(std::unique_ptr<Transfer> transfer) {
    CURL* easy = transfer->easy;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, transfer->url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer->body.size()));
    if (!transfer->token) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
    curl_multi_add_handle(multi_, easy);
    transfer.release();  // comes back with its message
  }

  void authorize() {
    std::unique_ptr<Transfer> transfer;
    if (idle_.empty()) {
      transfer = std::make_unique<Transfer>();
      transfer->easy = curl_easy_init();
    } else {
      transfer = std::move(idle_.back());
      idle_.pop_back();
    }
    transfer->token = false;
    transfer->location.clear();
    transfer->response.clear();
    transfer->url = options_.site + "/services/oauth2/authorize";
    // A fixed PKCE pair and state: no work but the two requests.
    transfer->body = "response_type=code_credentials&client_id=" + encoded(options_.client_id) +
                     "&redirect_uri=" + encoded(options_.redirect_uri) + "&username=" + encoded(options_.username) +
                     "&password=" + encoded(options_.password) +
                     "&code_challenge=ekyqF_usRyEPD2rzjqYoLG_BR3x8hYq5vVYVbOswpxc&state=fixed";
    add(std::move(transfer));
  }

  int finished(CURL* easy, CURLcode code) {
    char* pointer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
    std::unique_ptr<Transfer> transfer(reinterpret_cast<Transfer*>(pointer));
    curl_multi_remove_handle(multi_, easy);
    if (code != CURLE_OK) stop(curl_easy_strerror(code));
    if (transfer->token) {
      if (transfer->response.find("access_token") == std::string::npos) stop("the bare loop got no token: " + transfer->response);
      idle_.push_back(std::move(transfer));
      return 1;
    }
    const size_t at = transfer->location.find("code=");
    if (at == std::string::npos) stop("the bare loop got no code");
    const std::string code_text = transfer->location.substr(at + 5, transfer->location.find_first_of("&\r", at) - at - 5);
    transfer->token = true;
    transfer->response.clear();
    transfer->url = options_.site + "/services/oauth2/token";
    transfer->body = "grant_type=authorization_code&code=" + code_text + "&client_id=" + encoded(options_.client_id) +
                     "&redirect_uri=" + encoded(options_.redirect_uri) +
                     "&code_verifier=kV7m2Qx0cT4bN9sYpLr3Zf8WdHj6Ga1uEoXiRtKyMvQ";
    add(std::move(transfer));
    return 0;
  }

  const Options& options_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  std::vector<std::unique_ptr<Transfer>> idle_;
};
