#include "net/name_check.h"

#include <netdb.h>
#include <sys/socket.h>

#include <atomic>
#include <utility>

#include "net/thread.h"

namespace hlid {

// Of the check and of its thread, whichever goes last.
struct NameCheck::Lookup {
  std::string host;
  Signal known;
  std::atomic<int> result = 0;
};

void* NameCheck::work(void* lookup) {
  const std::unique_ptr<std::shared_ptr<Lookup>> held(static_cast<std::shared_ptr<Lookup>*>(lookup));
  Lookup& mine = **held;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(mine.host.c_str(), nullptr, &hints, &found);
  if (found != nullptr) ::freeaddrinfo(found);
  mine.result = result;
  mine.known.raise();
  return nullptr;
}

std::unique_ptr<NameCheck> NameCheck::start(const std::string& host) {
  auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  if (!lookup->known.open()) return nullptr;
  auto held = std::make_unique<std::shared_ptr<Lookup>>(lookup);
  Thread thread;
  if (!thread.start(work, held.get())) return nullptr;
  [[maybe_unused]] auto* of_the_thread = held.release();
  thread.detach();
  return std::unique_ptr<NameCheck>(new NameCheck(host, std::move(lookup)));  // NOLINT: the constructor is private
}

int NameCheck::fd() const { return lookup_->known.fd(); }

bool NameCheck::is_unknown() const {
  switch (lookup_->result) {
    case EAI_NONAME:
    case EAI_FAIL:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
      return true;
    default: return false;
  }
}

}  // namespace hlid
