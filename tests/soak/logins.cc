// Logins from many threads through one client: logins SITE CA_FILE CLIENT_ID CALLBACK USERNAME THREADS LOGINS, the password
// in HLID_PASSWORD. Ends with 0 if all succeed; says what else came of them.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../support/new_app.h"
#include "headlessid/headlessid.h"

namespace {

std::string text(hlid_view view) { return view.data == nullptr ? std::string() : std::string(view.data, view.size); }

std::string login(const hlid_app* app, hlid_client* client, const char* username, const char* password) {
  hlid_flow* flow = nullptr;
  hlid_step step = 0;
  hlid_error* error = nullptr;
  std::string what = "no flow";
  if (hlid_flow_new(app, hlid_str("login"), &flow, &error) == HLID_OK &&
      hlid_flow_set(flow, hlid_str("username"), hlid_str(username), &error) == HLID_OK &&
      hlid_flow_set(flow, hlid_str("password"), hlid_str(password), &error) == HLID_OK &&
      hlid_client_run(client, flow, &step, &error) == HLID_OK) {
    const hlid_error* why = hlid_flow_error(flow);
    what = step == HLID_STEP_DONE
               ? "done"
               : text(hlid_error_reason(why)) + (hlid_error_outcome_unknown(why) != 0 ? ", outcome unknown" : "");
  }
  hlid_error_free(error);
  hlid_flow_free(flow);
  return what;
}

}  // namespace

int main(int count, char** words) {
  const char* password = std::getenv("HLID_PASSWORD");
  if (count != 8 || password == nullptr) return 2;
  hlid_client* client = nullptr;
  hlid_error* error = nullptr;
  hlid_app* app = new_app({{"site", hlid_str(words[1])},
                           {"ca_file", hlid_str(words[2])},
                           {"client_id", hlid_str(words[3])},
                           {"redirect_uri", hlid_str(words[4])},
                           // An org does not know of the server in front: its ID tokens name its own address.
                           {"verify_id_token", hlid_str("none")}},
                          &error);
  if (app == nullptr || hlid_client_new(app, 0, &client, &error) != HLID_OK) {
    std::fprintf(stderr, "%s\n", text(hlid_error_message(error)).c_str());
    return 2;
  }
  const int threads = std::atoi(words[6]);
  std::atomic<int> left = std::atoi(words[7]);
  std::map<std::string, int> outcomes;
  std::mutex mutex;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      while (left.fetch_sub(1) > 0) {
        const std::string what = login(app, client, words[5], password);
        const std::lock_guard lock(mutex);
        ++outcomes[what];
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  hlid_client_free(client);
  hlid_app_free(app);
  for (const auto& [what, times] : outcomes) std::printf("%s: %d\n", what.c_str(), times);
  return outcomes.size() == 1 && outcomes.contains("done") ? 0 : 1;
}
