/* A host that loads the library by hand, and lets it go while libcurl still looks a name up: the flow's time is over,
 * the client closed and freed. The thread that comes back from the name server must find its code. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "headlessid/headlessid.h"

static sem_t began, answered;

/* In place of the C library's: the name server answers when the test says so. */
int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints, struct addrinfo** result) {
  (void)name, (void)service, (void)hints, (void)result;
  sem_post(&began);
  while (sem_wait(&answered) != 0) {
  }
  return EAI_AGAIN;
}

static int threads(void) {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == NULL) return -1;
  for (const struct dirent* entry; (entry = readdir(tasks)) != NULL;) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

#define CALL(name)                              \
  __typeof__(&name) name##_call = NULL;         \
  do {                                          \
    void* found = dlsym(library, #name);        \
    if (found == NULL) return 9;                \
    memcpy(&name##_call, &found, sizeof found); \
  } while (0)

int main(int count, char** words) {
  if (count < 2 || sem_init(&began, 0, 0) != 0 || sem_init(&answered, 0, 0) != 0) return 9;
  void* library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 9;
  CALL(hlid_str);
  CALL(hlid_settings_new);
  CALL(hlid_settings_set_json);
  CALL(hlid_settings_free);
  CALL(hlid_app_new);
  CALL(hlid_app_free);
  CALL(hlid_flow_new);
  CALL(hlid_flow_free);
  CALL(hlid_client_new);
  CALL(hlid_client_run);
  CALL(hlid_client_free);
  hlid_settings* settings = NULL;
  hlid_app* app = NULL;
  hlid_client* client = NULL;
  hlid_flow* flow = NULL;
  hlid_step step = 0;
  settings = hlid_settings_new_call();
  if (hlid_settings_set_json_call(settings,
                                  hlid_str_call("{\"site\": \"https://slow.example/shop\", \"client_id\": \"client\", "
                                                "\"redirect_uri\": \"https://app.example/cb\", \"timeout_ms\": 100}"),
                                  NULL) != HLID_OK)
    return 9;
  if (hlid_app_new_call(settings, &app, NULL) != HLID_OK) return 9;
  hlid_settings_free_call(settings);
  /* Needs the system's list of certificates: without one there is no client to try this with. */
  if (hlid_client_new_call(app, 0, &client, NULL) != HLID_OK) return puts("no client on this machine"), 0;
  if (hlid_flow_new_call(app, hlid_str_call("guest"), &flow, NULL) != HLID_OK) return 9;
  if (hlid_client_run_call(client, flow, &step, NULL) != HLID_OK || step != HLID_STEP_FAILED) return 9;
  hlid_flow_free_call(flow);
  hlid_client_free_call(client);
  hlid_app_free_call(app);
  while (sem_wait(&began) != 0) {
  }
  if (threads() < 2) return puts("no thread was left behind"), 1;
  if (dlclose(library) != 0) return 9;
  sem_post(&answered);
  while (threads() > 1) usleep(1000);
  puts("the process is alive");
  return 0;
}
