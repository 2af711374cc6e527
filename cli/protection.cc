#include "cli/protection.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "cli/outcome.h"

namespace hlid_cli {

void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // Standard output can only be read, so that a write to it fails; what standard error cannot show is lost anyway.
    const int opened = open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    // open returns the lowest free number, and all below are in use. No /dev/null: nothing here can be done safely.
    if (opened != fd) _exit(kWrongState);
  }
}

void keep_memory_private() {
#ifndef __SANITIZE_ADDRESS__  // the leak check of a sanitizer's build traces the process
  (void)prctl(PR_SET_DUMPABLE, 0);
#endif
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
}

}  // namespace hlid_cli
