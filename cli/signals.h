// signals.h: Ctrl-C and its kin, as something to wait for together with a descriptor.
#pragma once

#include <cstdint>

namespace hlid_cli {

// From here on no signal that asks a process to end (SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM, ...) ends it by itself:
// it makes signals_fd() readable. A second one ends the process at once, with the terminal as it was; so does a fault
// (SIGSEGV, SIGABRT, ...). SIGPIPE and SIGXFSZ are ignored, so that a write fails instead. Called once, by main.
void watch_signals();

int signals_fd();
// The signal that asked us to end, or 0. It stays said.
int ending_signal();
// Throws Interrupted if one has come.
void throw_if_interrupted();

// Waits until the descriptor is readable (or at its end), or a signal has come. `fd` below 0: a signal only.
// timeout_ms below 0: as long as it takes. Watch::descriptor: whatever signal has come.
enum class Ready : uint8_t { readable, signal, timeout };
enum class Watch : uint8_t { both, descriptor };
Ready wait_readable(int fd, int timeout_ms = -1, Watch watch = Watch::both);

// While a prompt hides what is typed: Ctrl-Z and coming back from it, or from SIGSTOP, are waited for too, and the
// terminal is put back by whatever ends the process.
class TerminalGuard {
 public:
  explicit TerminalGuard(int terminal);
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  void hide();
  void restore();
  // True if the process was stopped and resumed, so that the prompt must be written again.
  bool stop_if_asked();

 private:
  int terminal_;
};

}  // namespace hlid_cli
