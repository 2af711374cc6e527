// What a login costs the client process, beside a bare libcurl multi loop that sends the same two requests
// and does no protocol work: the physical limit of any client on libcurl.
//
//   hlid_client_bench SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD [LOGINS] [AT_A_TIME]
//
// One line of JSON a figure: {"name", "value", "unit"}.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "logins.h"

namespace {

struct Cost {
  double cpu_us;  // user and system, of this process, a login
  double per_second;
  double switches;  // of threads that have to wait, a login
};

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

template <typename Run>
Cost measured(int logins, Run run) {
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  run();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  getrusage(RUSAGE_SELF, &after);
  return {(cpu_seconds(after) - cpu_seconds(before)) / logins * 1e6, logins / wall,
          static_cast<double>(after.ru_nvcsw - before.ru_nvcsw) / logins};
}

void report(const char* name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Alternates between the two, so that what the machine does meanwhile meets both.
void compare(const Options& options, const char* how, int at_a_time, void (Ours::*run)(int, int), bool driven = false) {
  Ours ours(options, driven);
  Bare bare(options);
  (ours.*run)(at_a_time * 2, at_a_time);  // connections, TLS sessions, caches
  bare.run(at_a_time * 2, at_a_time);
  ours.forget_turns();  // those with handshakes
  std::vector<double> ours_cpu, bare_cpu, ours_rate, bare_rate, switches;
  for (int round = 0; round < 5; ++round) {
    const Cost a = measured(options.logins / 5, [&] { (ours.*run)(options.logins / 5, at_a_time); });
    switches.push_back(a.switches);
    const Cost b = measured(options.logins / 5, [&] { bare.run(options.logins / 5, at_a_time); });
    ours_cpu.push_back(a.cpu_us);
    bare_cpu.push_back(b.cpu_us);
    ours_rate.push_back(a.per_second);
    bare_rate.push_back(b.per_second);
  }
  const std::string prefix = std::string("c.") + how + ".";
  report((prefix + "ours_cpu_per_login").c_str(), median(ours_cpu), "us");
  report((prefix + "bare_curl_cpu_per_login").c_str(), median(bare_cpu), "us");
  report((prefix + "cpu_ratio").c_str(), median(ours_cpu) / median(bare_cpu), "x");
  report((prefix + "ours_logins_per_second").c_str(), median(ours_rate), "1/s");
  report((prefix + "bare_curl_logins_per_second").c_str(), median(bare_rate), "1/s");
  report((prefix + "switches_per_login").c_str(), median(switches), "");
  if (driven) report((prefix + "turn_99_percent").c_str(), ours.turn_us(), "us");
}

// Memory of flows that wait for one connection: what each costs beside curl's own.
void memory(const Options& options) {
  constexpr int kFlows = 1000;
  Ours ours(options);
  ours.run(64, 32);
  const long before = resident_kib();
  for (int i = 0; i < kFlows; ++i) ours.start(static_cast<uint64_t>(i));
  const long during = resident_kib();
  for (int ended = 0; ended < kFlows;) ended += ours.take();
  report("c.memory_per_flow_in_flight_with_curl", static_cast<double>(during - before) / kFlows, "KiB");
  // The same number of idle easy handles with their options: curl's own share.
  std::vector<CURL*> handles;
  const long empty = resident_kib();
  for (int i = 0; i < kFlows; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, options.site.c_str());
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    handles.push_back(easy);
  }
  const long full = resident_kib();
  for (CURL* easy : handles) curl_easy_cleanup(easy);
  report("c.memory_per_curl_easy_handle", static_cast<double>(full - empty) / kFlows, "KiB");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) stop("usage: hlid_client_bench SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD [LOGINS] [AT_A_TIME]");
  Options options{argv[1], argv[2], argv[3], argv[4], argv[5], argv[6]};
  if (argc > 7) options.logins = std::atoi(argv[7]);
  if (argc > 8) options.at_a_time = std::atoi(argv[8]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  memory(options);
  compare(options, "one_at_a_time", 1, &Ours::run);
  compare(options, "many_at_a_time", options.at_a_time, &Ours::run);
  compare(options, "waiting_call", 1, &Ours::wait);
  compare(options, "waiting_calls", options.at_a_time, &Ours::wait);
  compare(options, "driven_one_at_a_time", 1, &Ours::run, true);
  compare(options, "driven_many_at_a_time", options.at_a_time, &Ours::run, true);
  return 0;
}
