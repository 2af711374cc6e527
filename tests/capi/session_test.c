/* A host's own store in a few lines, and the calls of a session on it: what docs/sessions.md says, in C. */
#include <headlessid/headlessid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

static const int64_t kNow = 1767225600000;

/* One record and one lock: a table of them is a real store's, and so is the step in which it looks and acts. */
static struct {
  int there;
  char version[65];
  char value[65536];
  size_t size;
  char owner[65];
  int64_t locked_until;
  int away; /* each operation fails */
} store;

static int is_same(hlid_view view, const char* text) {
  return view.size == strlen(text) && (view.size == 0 || memcmp(view.data, text, view.size) == 0);
}

static void copy(char* into, hlid_view view) {
  if (view.size > 0) memcpy(into, view.data, view.size);
  into[view.size] = '\0';
}

static hlid_memory_store* memory_store; /* in place of that, where it is not NULL */

static hlid_status run_store(hlid_flow* flow, int64_t now) {
  if (memory_store != NULL) return hlid_memory_store_serve(memory_store, flow, now, NULL);
  if (store.away) return hlid_flow_give_store_fault(flow, hlid_str("connection refused"), NULL);
  const int is_version = is_same(hlid_flow_store_version(flow), store.there ? store.version : "");
  int done = 0;
  switch (hlid_flow_store_operation(flow)) {
    case HLID_STORE_LOAD: {
      const hlid_view version = {store.version, strlen(store.version)};
      const hlid_view value = {store.value, store.size};
      return hlid_flow_give_stored(flow, store.there, version, value, NULL);
    }
    case HLID_STORE_SAVE:
      if ((done = is_version)) {
        store.there = 1;
        copy(store.version, hlid_flow_store_new_version(flow));
        store.size = hlid_flow_store_value(flow).size;
        CHECK(store.size > 0 && store.size <= sizeof store.value && hlid_flow_store_ttl_ms(flow) > 0);
        memcpy(store.value, hlid_flow_store_value(flow).data, store.size);
      }
      break;
    case HLID_STORE_DELETE:
      if ((done = store.there && is_version)) store.there = 0;
      break;
    case HLID_STORE_LOCK:
      if ((done = store.owner[0] == '\0' || now >= store.locked_until || is_same(hlid_flow_store_owner(flow), store.owner))) {
        copy(store.owner, hlid_flow_store_owner(flow));
        store.locked_until = now + hlid_flow_store_ttl_ms(flow);
      }
      break;
    case HLID_STORE_UNLOCK:
      if ((done = is_same(hlid_flow_store_owner(flow), store.owner))) store.owner[0] = '\0';
      break;
    default: CHECK(0); /* no operation */
  }
  return hlid_flow_give_store_done(flow, done, NULL);
}

static int sent;

/* What a host does with SEND; here without a network. */
static hlid_status run_send(hlid_flow* flow) {
  ++sent;
  CHECK(hlid_flow_give_header(flow, hlid_str("Content-Type"), hlid_str("application/json"), NULL) == HLID_OK);
  const int revokes = is_same(hlid_flow_request_name(flow), "revoke");
  const char* body =
      "{\"access_token\":\"00D!next\",\"refresh_token\":\"5Aep.next\",\"token_type\":\"Bearer\",\"expires_in\":7200}";
  return hlid_flow_give_response(flow, 200, 20, hlid_str(revokes ? "" : body), NULL);
}

static hlid_step run(hlid_flow* flow, int64_t now) {
  for (;;) {
    hlid_step step = 0;
    CHECK(hlid_flow_next(flow, now, &step, NULL) == HLID_OK);
    if (step == HLID_STEP_STORE) {
      CHECK(run_store(flow, now) == HLID_OK);
    } else if (step == HLID_STEP_SEND) {
      CHECK(run_send(flow) == HLID_OK);
    } else if (step == HLID_STEP_WAIT) {
      now = hlid_flow_wait_until_ms(flow);
    } else {
      return step;
    }
  }
}

static hlid_flow* call(const hlid_session* session, const char* name, const char* parameter, const char* value, int64_t now,
                       hlid_step* step) {
  hlid_flow* flow = NULL;
  CHECK(hlid_session_flow_new(session, hlid_str(name), &flow, NULL) == HLID_OK);
  if (parameter != NULL) CHECK(hlid_flow_set(flow, hlid_str(parameter), hlid_str(value), NULL) == HLID_OK);
  *step = run(flow, now);
  return flow;
}

/* The library's own store, in a few operations of two owners. */
static void run_with_memory_store(const hlid_sessions* sessions) {
  hlid_memory_store* memory = hlid_memory_store_new();
  hlid_session* session = NULL;
  hlid_flow* flow = NULL;
  hlid_error* err = NULL;
  hlid_step step = 0;
  CHECK(hlid_session_new(sessions, hlid_str("in memory"), &session, NULL) == HLID_OK);
  CHECK(hlid_session_flow_new(session, hlid_str("begin"), &flow, NULL) == HLID_OK);
  CHECK(hlid_flow_set(flow, hlid_str("tokens"), hlid_str("{\"access_token\":\"00D!m\",\"refresh_token\":\"5Aep.m\"}"), NULL) ==
        HLID_OK);
  CHECK(hlid_memory_store_serve(NULL, flow, kNow, &err) == HLID_E_ARGUMENT && is_same(hlid_error_field(err), "store"));
  hlid_error_free(err);
  CHECK(hlid_memory_store_serve(memory, flow, kNow, NULL) == HLID_E_STATE);
  CHECK(hlid_memory_store_serve(memory, NULL, kNow, NULL) == HLID_E_ARGUMENT);
  memory_store = memory;
  CHECK(run(flow, kNow) == HLID_STEP_DONE);
  hlid_flow_free(flow);

  /* Two begin at once: the one that looked first finds another version, looks again, and replaces it. */
  hlid_flow* flows[2];
  int stores = 0;
  for (int i = 0; i < 2; ++i) {
    CHECK(hlid_session_flow_new(session, hlid_str("begin"), &flows[i], NULL) == HLID_OK);
    CHECK(hlid_flow_set(flows[i], hlid_str("tokens"),
                        hlid_str(i == 0 ? "{\"access_token\":\"00D!0\"}" : "{\"access_token\":\"00D!1\"}"), NULL) == HLID_OK);
    CHECK(hlid_flow_next(flows[i], kNow, &step, NULL) == HLID_OK && step == HLID_STEP_STORE);
    CHECK(hlid_memory_store_serve(memory, flows[i], kNow, NULL) == HLID_OK);
    CHECK(hlid_flow_next(flows[i], kNow, &step, NULL) == HLID_OK && hlid_flow_store_operation(flows[i]) == HLID_STORE_SAVE);
  }
  CHECK(run(flows[1], kNow) == HLID_STEP_DONE);
  for (; hlid_flow_next(flows[0], kNow, &step, NULL) == HLID_OK && step == HLID_STEP_STORE; ++stores)
    CHECK(hlid_memory_store_serve(memory, flows[0], kNow, NULL) == HLID_OK);
  CHECK(step == HLID_STEP_DONE && stores == 3); /* a save that was none, a look, a save */
  hlid_flow_free(flows[0]);
  hlid_flow_free(flows[1]);

  /* A lock is one owner's, until it is given back or its time is over. */
  flow = call(session, "begin", "tokens", "{\"access_token\":\"00D!2\",\"refresh_token\":\"5Aep.2\"}", kNow, &step);
  CHECK(step == HLID_STEP_DONE);
  hlid_flow_free(flow);
  for (int i = 0; i < 2; ++i) {
    CHECK(hlid_session_flow_new(session, hlid_str("rejected"), &flows[i], NULL) == HLID_OK);
    CHECK(hlid_flow_set(flows[i], hlid_str("access_token"), hlid_str("00D!2"), NULL) == HLID_OK);
    do {
      CHECK(hlid_flow_next(flows[i], kNow, &step, NULL) == HLID_OK && step == HLID_STEP_STORE);
      stores = hlid_flow_store_operation(flows[i]);
      CHECK(hlid_memory_store_serve(memory, flows[i], kNow, NULL) == HLID_OK);
    } while (stores != HLID_STORE_LOCK);
  }
  CHECK(hlid_flow_next(flows[0], kNow, &step, NULL) == HLID_OK && step == HLID_STEP_STORE); /* it has the lock */
  CHECK(hlid_flow_next(flows[1], kNow, &step, NULL) == HLID_OK && step == HLID_STEP_WAIT);  /* it has not */
  CHECK(run(flows[0], kNow) == HLID_STEP_DONE);
  CHECK(run(flows[1], kNow) == HLID_STEP_DONE);
  CHECK(is_same(hlid_result_get(hlid_flow_result(flows[1]), hlid_str("access_token")), "00D!next"));
  CHECK(hlid_result_get(hlid_flow_result(flows[1]), hlid_str("refreshed")).data == NULL ||
        is_same(hlid_result_get(hlid_flow_result(flows[1]), hlid_str("refreshed")), "false"));
  hlid_flow_free(flows[0]);
  hlid_flow_free(flows[1]);

  /* The record's time is over: a year later. */
  hlid_session* later = NULL;
  CHECK(hlid_session_new(sessions, hlid_str("in memory"), &later, NULL) == HLID_OK);
  flow = call(later, "token", NULL, NULL, kNow + INT64_C(31536000000), &step);
  CHECK(step == HLID_STEP_FAILED && is_same(hlid_error_reason(hlid_flow_error(flow)), "no_session"));
  hlid_flow_free(flow);

  /* Many keys, whose times end: what is over makes room. */
  for (int i = 0; i < 500; ++i) {
    char key[16];
    hlid_session* one = NULL;
    (void)snprintf(key, sizeof key, "key %d", i);
    CHECK(hlid_session_new(sessions, hlid_str(key), &one, NULL) == HLID_OK);
    flow = call(one, "begin", "tokens", "{\"access_token\":\"00D!k\"}", kNow + i * INT64_C(864000000), &step);
    CHECK(step == HLID_STEP_DONE);
    hlid_flow_free(flow);
    hlid_session_free(one);
  }
  memory_store = NULL;
  hlid_session_free(later);
  hlid_session_free(session);
  hlid_memory_store_free(memory);
  hlid_memory_store_free(NULL);
}

int main(void) {
  hlid_settings* settings = hlid_settings_new();
  hlid_app* app = NULL;
  hlid_sessions* sessions = NULL;
  hlid_error* err = NULL;
  const hlid_view none = {NULL, 0};
  CHECK(hlid_settings_set_json(settings, hlid_str("{\"site\":\"https://acme.my.site.com\",\"client_id\":\"3MVG9\"}"), NULL) ==
        HLID_OK);
  CHECK(hlid_app_new(settings, &app, NULL) == HLID_OK);
  CHECK(hlid_sessions_new(app, none, &sessions, &err) == HLID_E_STATE && is_same(hlid_error_reason(err), "no_session_keys"));
  hlid_error_free(err);
  hlid_app_free(app);
  CHECK(hlid_settings_set_json(settings,
                               hlid_str("{\"site\":\"https://acme.my.site.com\",\"client_id\":\"3MVG9\","
                                        "\"session_keys\":\"k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"),
                               NULL) == HLID_OK);
  CHECK(hlid_app_new(settings, &app, NULL) == HLID_OK);
  hlid_session* session = NULL;
  CHECK(hlid_sessions_new(app, hlid_str("k2:short"), &sessions, &err) == HLID_E_ARGUMENT);
  CHECK(is_same(hlid_error_field(err), "session_keys"));
  hlid_error_free(err);
  CHECK(hlid_sessions_new(app, none, &sessions, NULL) == HLID_OK);
  CHECK(hlid_session_new(sessions, none, &session, &err) == HLID_E_ARGUMENT && is_same(hlid_error_field(err), "key"));
  hlid_error_free(err);
  CHECK(hlid_session_new(sessions, hlid_str("user-42"), &session, NULL) == HLID_OK);
  hlid_flow* flow = NULL;
  CHECK(hlid_session_flow_new(session, hlid_str("login"), &flow, NULL) == HLID_E_ARGUMENT && flow == NULL);

  /* begin, and the token without a look at the store */
  hlid_step step = 0;
  char token[256];
  CHECK(hlid_session_token(session, kNow, 0, token, sizeof token) == 0);
  flow = call(session, "begin", "tokens",
              "{\"access_token\":\"00D!first\",\"refresh_token\":\"5Aep.first\",\"expires_at_ms\":1767232800000}", kNow, &step);
  CHECK(step == HLID_STEP_DONE && store.there);
  hlid_flow_free(flow);
  CHECK(hlid_session_token(session, kNow, 60000, token, sizeof token) == 9 && memcmp(token, "00D!first", 9) == 0);
  CHECK(hlid_session_token(session, kNow, 60000, NULL, 0) == 9);
  CHECK(hlid_session_token(NULL, kNow, 0, token, sizeof token) == 0);

  /* it is due: one refresh */
  const int64_t later = kNow + 7200000;
  CHECK(hlid_session_token(session, later, 0, token, sizeof token) == 0);
  CHECK(hlid_session_flow_new(session, hlid_str("token"), &flow, NULL) == HLID_OK);
  CHECK(hlid_flow_set(flow, hlid_str("min_ttl_ms"), hlid_str("60000"), NULL) == HLID_OK);
  CHECK(hlid_flow_set_events(flow, 1, NULL) == HLID_OK);
  step = run(flow, later);
  CHECK(hlid_flow_set_events(flow, 1, NULL) == HLID_E_STATE);
  static const char kEvents[] =
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"load\",\"outcome\":\"found\"}\n"
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"lock\",\"outcome\":\"done\"}\n"
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"load\",\"outcome\":\"found\"}\n"
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"save\",\"outcome\":\"done\"}\n"
      "{\"event\":\"request\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"request\":\"token\",\"method\":\"POST\",\"host\":\"acme.my.site.com\",\"status\":200,\"attempt\":1,\"reason\":\"\"}\n"
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"save\",\"outcome\":\"done\"}\n"
      "{\"event\":\"store\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"operation\":\"unlock\",\"outcome\":\"done\"}\n"
      "{\"event\":\"flow\",\"flow\":\"session_token\",\"started_at_ms\":1767232800000,\"ms\":0,\"outcome\":\"done\",\"refreshed_by\":\"this\"}\n";
  if (!is_same(hlid_flow_events(flow), kEvents))
    fprintf(stderr, "%.*s", (int)hlid_flow_events(flow).size, hlid_flow_events(flow).data);
  CHECK(is_same(hlid_flow_events(flow), kEvents));
  CHECK(step == HLID_STEP_DONE && sent == 1 && store.owner[0] == '\0');
  CHECK(is_same(hlid_result_get(hlid_flow_result(flow), hlid_str("access_token")), "00D!next"));
  CHECK(is_same(hlid_result_get(hlid_flow_result(flow), hlid_str("refreshed")), "true"));
  CHECK(hlid_result_get(hlid_flow_result(flow), hlid_str("refresh_token")).data == NULL);
  CHECK(hlid_flow_store_operation(flow) == 0 && hlid_flow_store_key(flow).data == NULL);
  CHECK(hlid_flow_give_store_done(flow, 1, NULL) == HLID_E_STATE);
  hlid_flow_free(flow);

  /* fast enough to be called for each request */
  const int rounds = 200000;
  size_t total = 0;
  const clock_t began = clock();
  for (int i = 0; i < rounds; ++i) total += hlid_session_token(session, later, 60000, token, sizeof token);
  const double ns = (double)(clock() - began) / CLOCKS_PER_SEC * 1e9 / rounds;
  CHECK(total == (size_t)rounds * 8);
  printf("hlid_session_token: %.0f ns\n", ns);

  /* the store is away, in another process: a typed failure */
  hlid_session* other = NULL;
  CHECK(hlid_session_new(sessions, hlid_str("user-42"), &other, NULL) == HLID_OK);
  store.away = 1;
  flow = call(other, "token", NULL, NULL, later, &step);
  CHECK(step == HLID_STEP_FAILED && is_same(hlid_error_reason(hlid_flow_error(flow)), "store_fault"));
  CHECK(hlid_error_advice(hlid_flow_error(flow)) == HLID_ADVICE_RETRY_LATER);
  hlid_flow_free(flow);
  store.away = 0;

  /* an API said 401 */
  flow = call(other, "rejected", "access_token", "00D!first", later, &step);
  CHECK(step == HLID_STEP_DONE && sent == 1);
  hlid_flow_free(flow);

  /* under other keys the record says nothing */
  hlid_sessions* strangers = NULL;
  hlid_session* stranger = NULL;
  CHECK(hlid_sessions_new(app, hlid_str("k1:BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), &strangers, NULL) == HLID_OK);
  CHECK(hlid_session_new(strangers, hlid_str("user-42"), &stranger, NULL) == HLID_OK);
  hlid_sessions_free(strangers);
  CHECK(hlid_session_flow_new(stranger, hlid_str("token"), &flow, NULL) == HLID_OK);
  CHECK(hlid_flow_set_events(flow, 1, NULL) == HLID_OK);
  CHECK(run(flow, later) == HLID_STEP_FAILED && is_same(hlid_error_reason(hlid_flow_error(flow)), "record_refused"));
  CHECK(strstr(hlid_flow_events(flow).data,
               "\"outcome\":\"failed\",\"kind\":\"PROTOCOL\",\"advice\":\"SIGN_IN_AGAIN\","
               "\"reason\":\"record_refused\"}\n") != NULL);
  hlid_flow_free(flow);
  hlid_session_free(stranger);

  /* the end */
  flow = call(session, "end", NULL, NULL, later, &step);
  CHECK(step == HLID_STEP_DONE && sent == 3 && !store.there);
  hlid_flow_free(flow);
  CHECK(hlid_session_token(session, later, 0, token, sizeof token) == 0);
  flow = call(other, "token", NULL, NULL, later, &step);
  CHECK(step == HLID_STEP_FAILED && is_same(hlid_error_reason(hlid_flow_error(flow)), "no_session"));
  hlid_flow_free(flow);
  CHECK(is_same(hlid_step_name(HLID_STEP_STORE), "STORE"));

  run_with_memory_store(sessions);

  hlid_session_free(NULL);
  hlid_sessions_free(NULL);
  hlid_sessions_free(sessions);
  hlid_session_free(other);
  hlid_session_free(session);
  hlid_app_free(app);
  hlid_settings_free(settings);
  return 0;
}
