#include "cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "cli/outcome.h"

namespace hlid_cli {
namespace {

// What a signal handler may touch: plain words, and termios that are written before `hidden` is set.
int pipe_ends[2] = {-1, -1};
volatile std::sig_atomic_t ending = 0;
volatile std::sig_atomic_t stop_asked = 0;
volatile std::sig_atomic_t continued = 0;
volatile std::sig_atomic_t hidden = 0;
int hidden_terminal = -1;
termios before_hiding{};

// Whether the terminal is ours to change: in the background the shell has set it for the foreground process, and changing
// it would stop us. A terminal that controls nothing has no foreground.
bool owns_terminal() {
  const pid_t front = tcgetpgrp(hidden_terminal);
  return front == -1 || front == getpgrp();
}

void put_back() {
  if (hidden != 0 && owns_terminal()) (void)tcsetattr(hidden_terminal, TCSAFLUSH, &before_hiding);
}

void wake(int signal) {
  const int saved = errno;
  const char byte = static_cast<char>(signal);
  (void)!write(pipe_ends[1], &byte, 1);
  errno = saved;
}

void on_ending(int signal) {
  if (ending != 0) {
    put_back();
    _exit(128 + signal);
  }
  ending = signal;
  wake(signal);
}

void on_stop(int signal) {
  stop_asked = 1;
  wake(signal);
}

void on_continue(int signal) {
  continued = 1;
  wake(signal);
}

// A fault of this program's own, or an abort: the signal comes again when this returns, and ends the process.
void on_fault(int signal) {
  const int saved = errno;
  put_back();
  errno = saved;
  (void)raise(signal);
}

void handle(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  (void)sigaction(signal, &action, nullptr);  // without SA_RESTART: a blocked call is to notice
}

}  // namespace

void watch_signals() {
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no descriptors are left");
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);  // a write beyond the limit then fails, and says so
  const auto watch = [](int signal) {
    // What was ignored at start stays ignored: nohup, or a job in the background.
    struct sigaction present{};
    if (sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN) return;
    handle(signal, on_ending);
  };
  // Every signal that ends a process from outside.
  for (const int signal :
       {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU})
    watch(signal);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) watch(signal);
  // On a stack of its own, because the fault may be that the stack has run out.
  static char fault_stack[size_t{64} * 1024];
  stack_t stack{};
  stack.ss_sp = fault_stack;
  stack.ss_size = sizeof fault_stack;
  (void)sigaltstack(&stack, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP}) {
    struct sigaction present{};
    const bool ours = sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_DFL;
    if (ours) handle(signal, on_fault, SA_ONSTACK | static_cast<int>(SA_RESETHAND));
  }
}

int signals_fd() { return pipe_ends[0]; }
int ending_signal() { return ending; }

void throw_if_interrupted() {
  if (ending != 0) throw Interrupted{ending};
}

Ready wait_readable(int fd, int timeout_ms, Watch watch) {
  while (true) {
    if (watch == Watch::both && (ending != 0 || stop_asked != 0 || continued != 0)) return Ready::signal;
    pollfd waiting[2] = {{watch == Watch::both ? pipe_ends[0] : -1, POLLIN, 0}, {fd, POLLIN, 0}};
    const int count = poll(waiting, 2, timeout_ms);
    if (count == 0) return Ready::timeout;
    if (count < 0 && errno != EINTR) throw std::runtime_error("cannot wait for input");
    if (count < 0) continue;
    if (waiting[0].revents != 0) {
      char bytes[16];
      (void)!read(pipe_ends[0], bytes, sizeof bytes);
      return Ready::signal;
    }
    if (waiting[1].revents != 0) return Ready::readable;
  }
}

TerminalGuard::TerminalGuard(int terminal) : terminal_(terminal) {
  handle(SIGTSTP, on_stop);
  continued = 0;
  handle(SIGCONT, on_continue);
  hide();
}

TerminalGuard::~TerminalGuard() {
  restore();
  handle(SIGTSTP, SIG_DFL);
  handle(SIGCONT, SIG_DFL);
  continued = 0;
}

// Without echo, and byte by byte: a line that the terminal collects ends at 4,095 bytes, and tokens are longer.
// Ctrl-C, Ctrl-\\ and Ctrl-Z still raise their signals. Hiding what is hidden keeps what was found the first time.
void TerminalGuard::hide() {
  termios now{};
  if (tcgetattr(terminal_, &now) != 0) return;
  if (hidden == 0) {
    before_hiding = now;
    hidden_terminal = terminal_;
    hidden = 1;
  }
  now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  (void)tcsetattr(terminal_, TCSAFLUSH, &now);
}

void TerminalGuard::restore() {
  put_back();
  hidden = 0;
}

bool TerminalGuard::stop_if_asked() {
  if (stop_asked != 0) {
    stop_asked = 0;
    restore();
    handle(SIGTSTP, SIG_DFL);
    (void)raise(SIGTSTP);  // continues here when the shell resumes us
    handle(SIGTSTP, on_stop);
  } else if (continued == 0) {
    return false;
  }
  // Also after a stop that nothing can catch (SIGSTOP): the shell has set the terminal for itself in between.
  continued = 0;
  hide();
  return true;
}

}  // namespace hlid_cli
