/* Preloaded into a host (Node, a JVM): a name server that does not answer. Every lookup of a name under .example waits
 * until the file that HLID_TEST_ANSWER names is there, then fails as a name server without a response does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*Lookup)(const char*, const char*, const struct addrinfo*, struct addrinfo**);

__attribute__((visibility("default"))) int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints,
                                                       struct addrinfo** result) {
  const char* response = getenv("HLID_TEST_RESPONSE");
  const char* end = name == NULL ? NULL : strstr(name, ".example");
  if (response == NULL || end == NULL) {
    Lookup real = NULL;
    void* found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &found, sizeof real);
    return real(name, service, hints, result);
  }
  while (access(response, F_OK) != 0) usleep(10000);
  return EAI_AGAIN;
}
