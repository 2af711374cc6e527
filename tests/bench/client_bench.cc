// A side of C's comparisons, which rounds.py runs: our client in one of its ways, or a bare libcurl multi loop that sends the
// same two requests and does no protocol work.
//
//   hlid_client_bench queue|wait|driven|bare AT_A_TIME    logs in as often as each number on standard input says
//   hlid_client_bench waiting IN_FLIGHT                   asks for documents instead; half of the flows are devices that wait
//   hlid_client_bench memory                              the memory of a flow in flight: {"name", "value", "unit"}
//
// Standard input begins with six lines: SITE CA_FILE CLIENT_ID REDIRECT_URI USERNAME PASSWORD.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "logins.h"

namespace {

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

void report(const char* name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
}

// What each of many flows takes beside what libcurl and TLS take: that is there before, as much as the client will ever have.
void memory(const Options& options) {
  constexpr int kFlows = 10'000;
  Ours ours(options);
  ours.run(400, 200);
  const long before = resident_kib();
  for (int i = 0; i < kFlows; ++i) ours.start(static_cast<uint64_t>(i));
  const long during = resident_kib();
  for (int ended = 0; ended < kFlows;) ended += ours.take();
  report("c.memory_per_flow_beside_curl", static_cast<double>(during - before) / kFlows, "KiB");
}

// Of threads that have to wait, since this process began.
long switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

template <typename Run>
void answer(Run run) {
  for (int logins = 0; std::cin >> logins;) {
    run(logins);
    std::printf("{\"switches\":%ld}\n", switches());
    std::fflush(stdout);
  }
}

void answer_driven(Ours& ours, int at_a_time) {
  for (int logins = 0; std::cin >> logins;) {
    ours.forget_turns();
    ours.run(logins, at_a_time);
    std::printf("{\"switches\":%ld,\"turn_99_percent\":%.3f}\n", switches(), ours.turn_us());
    std::fflush(stdout);
  }
}

Options read_options() {
  std::string lines[6];
  for (std::string& line : lines) {
    if (!std::getline(std::cin, line)) stop("standard input ends before the org's login");
  }
  return {lines[0], lines[1], lines[2], lines[3], lines[4], lines[5]};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view subject = argc > 1 ? argv[1] : "";
  const int at_a_time = argc > 2 ? std::atoi(argv[2]) : 0;
  constexpr const char* kUsage = "usage: hlid_client_bench queue|wait|driven|waiting|bare AT_A_TIME, or hlid_client_bench memory";
  if (at_a_time < 1 && subject != "memory") stop(kUsage);
  const Options options = read_options();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  if (subject == "memory") {
    memory(options);
  } else if (subject == "bare") {
    Bare bare(options);
    answer([&](int logins) { bare.run(logins, at_a_time); });
  } else if (subject == "driven") {
    Ours ours(options, true);
    answer_driven(ours, at_a_time);
  } else if (subject == "queue") {
    Ours ours(options);
    answer([&](int logins) { ours.run(logins, at_a_time); });
  } else if (subject == "waiting") {
    Ours ours(options);
    answer([&](int documents) { ours.run_beside_devices(documents, at_a_time); });
  } else if (subject == "wait") {
    Ours ours(options);
    answer([&](int logins) { ours.wait(logins, at_a_time); });
  } else {
    stop(kUsage);
  }
  return 0;
}
