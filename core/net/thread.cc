#include "net/thread.h"

#include <csignal>

#include "net/borrowed_thread.h"

namespace hlid {

bool Thread::start(Work work, void* context) {
  const sigset_t mask = hosts_signals();
  sigset_t before;
  if (::pthread_sigmask(SIG_SETMASK, &mask, &before) != 0) return false;
  const int failed = ::pthread_create(&thread_, nullptr, work, context);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
#ifdef __linux__
  if (failed == 0) ::pthread_setname_np(thread_, "headlessid");
#endif
  return failed == 0;
}

void Thread::join() { ::pthread_join(thread_, nullptr); }
void Thread::detach() { ::pthread_detach(thread_); }

}  // namespace hlid
