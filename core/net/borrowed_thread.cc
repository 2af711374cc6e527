#include "net/borrowed_thread.h"

#include <openssl/err.h>

#include <ctime>
#include <initializer_list>

namespace hlid {

sigset_t hosts_signals() {
  sigset_t mask;
  sigfillset(&mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF}) sigdelset(&mask, signal);
  return mask;
}

namespace {

void drop_broken_pipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
#ifdef __APPLE__
  sigset_t pending;
  int signal = 0;
  if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1) sigwait(&pipe, &signal);
#else
  const timespec at_once{};
  [[maybe_unused]] const int dropped = sigtimedwait(&pipe, nullptr, &at_once);
#endif
}

}  // namespace

BorrowedThread::BorrowedThread() {
  static const sigset_t mask = hosts_signals();
  ::pthread_sigmask(SIG_BLOCK, &mask, &before_);
  asleep_ = before_;
  sigaddset(&asleep_, SIGPIPE);
}

BorrowedThread::~BorrowedThread() {
  if (ERR_peek_error() != 0) ERR_clear_error();
  // One that the host itself blocks stays its own.
  if (sigismember(&before_, SIGPIPE) == 0) drop_broken_pipe();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace hlid
