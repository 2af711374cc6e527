/* Plays tests/vectors through the C header, in C99 and with nothing but it. The format: tests/vectors/README.md.
 * Usage: vector_player FOLDER. Exits with 1 and says what failed. L28: the same in every language. */
#define _POSIX_C_SOURCE 200809L

#include <cjson/cJSON.h>
#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headlessid/headlessid.h"

/* ---- bytes ---------------------------------------------------------------------------------- */

typedef struct bytes {
  char* data; /* NULL while nothing was added */
  size_t size;
} bytes;

static void add(bytes* to, const char* data, size_t size) {
  char* grown = realloc(to->data, to->size + size + 1);
  if (grown == NULL) abort();
  if (size != 0) memcpy(grown + to->size, data, size);
  to->data = grown;
  to->size += size;
  to->data[to->size] = '\0';
}

static void add_text(bytes* to, const char* text) { add(to, text, strlen(text)); }

static hlid_view view(const bytes* of) {
  hlid_view out;
  out.data = of->data;
  out.size = of->size;
  return out;
}

static int same(hlid_view a, const char* b, size_t size) { return a.size == size && (size == 0 || memcmp(a.data, b, size) == 0); }

static void add_base64_decoded(bytes* to, const char* text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned bits = 0, held = 0;
  for (; *text != '\0' && *text != '='; ++text) {
    bits = bits << 6 | (unsigned)(strchr(digits, *text) - digits);
    held += 6;
    if (held >= 8) {
      const char byte = (char)(bits >> (held -= 8) & 0xFFu);
      add(to, &byte, 1);
    }
  }
}

static void add_percent_encoded(bytes* to, const char* data, size_t size) {
  size_t i;
  for (i = 0; i < size; ++i) {
    const unsigned char c = (unsigned char)data[i];
    char code[4];
    if (isalnum(c) || (c != 0 && strchr("-._~", c) != NULL)) {
      add(to, &data[i], 1);
    } else {
      snprintf(code, sizeof code, "%%%02X", c);
      add_text(to, code);
    }
  }
}

static void add_form_decoded(bytes* to, const char* data, size_t size) {
  size_t i;
  for (i = 0; i < size; ++i) {
    char c = data[i] == '+' ? ' ' : data[i];
    if (c == '%' && i + 2 < size) {
      const char code[3] = {data[i + 1], data[i + 2], '\0'};
      c = (char)strtol(code, NULL, 16);
      i += 2;
    }
    add(to, &c, 1);
  }
}

/* ---- one play ------------------------------------------------------------------------------- */

typedef struct capture {
  char name[32];
  bytes value;
} capture;

typedef struct player {
  const cJSON* vector;
  const hlid_app* app;
  int64_t now_ms;
  capture captured[16];
  size_t captured_count;
  char fault[1024]; /* the first that was found */
} player;

static int fail(player* p, const char* format, ...) {
  va_list arguments;
  if (p->fault[0] != '\0') return 0;
  va_start(arguments, format);
  vsnprintf(p->fault, sizeof p->fault, format, arguments);
  va_end(arguments);
  return 0;
}

static const cJSON* member(const cJSON* of, const char* name) { return cJSON_GetObjectItemCaseSensitive(of, name); }
static const char* text_or(const cJSON* item, const char* otherwise) {
  return cJSON_IsString(item) ? item->valuestring : otherwise;
}
static int64_t number_or(const cJSON* item, int64_t otherwise) {
  return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : otherwise;
}

static capture* find_capture(player* p, const char* name) {
  size_t i;
  for (i = 0; i < p->captured_count; ++i) {
    if (strcmp(p->captured[i].name, name) == 0) return &p->captured[i];
  }
  return NULL;
}

typedef struct hole {
  const char *begin, *end;
  char name[32];
  int encoded;
} hole;

/* "${name}" or "${name|form}"; 0 if there is none. */
static int next_hole(const char* text, hole* out) {
  for (; (text = strstr(text, "${")) != NULL; text += 2) {
    size_t size = 0;
    while (isalnum((unsigned char)text[2 + size]) || text[2 + size] == '_') ++size;
    if (size == 0 || size >= sizeof out->name) continue;
    memcpy(out->name, text + 2, size);
    out->name[size] = '\0';
    out->begin = text;
    out->encoded = strncmp(text + 2 + size, "|form}", 6) == 0;
    out->end = text + 2 + size + (out->encoded ? 6 : 1);
    if (out->encoded || text[2 + size] == '}') return 1;
  }
  return 0;
}

static void add_capture(bytes* to, const capture* from, int encoded) {
  if (encoded) {
    add_percent_encoded(to, from->value.data, from->value.size);
  } else {
    add(to, from->value.data, from->value.size);
  }
}

static void add_filled(player* p, bytes* to, const char* text) {
  hole h;
  while (next_hole(text, &h)) {
    const capture* known = find_capture(p, h.name);
    add(to, text, (size_t)(h.begin - text));
    if (known == NULL) {
      fail(p, "nothing was captured as %s", h.name);
    } else {
      add_capture(to, known, h.encoded);
    }
    text = h.end;
  }
  add_text(to, text);
}

/* A text, {"repeat", "times"}, {"base64"}, {"json"}, or a list of these. */
static void add_value(player* p, bytes* to, const cJSON* value) {
  const cJSON* part;
  if (cJSON_IsString(value)) {
    add_filled(p, to, value->valuestring);
  } else if (cJSON_IsArray(value)) {
    cJSON_ArrayForEach(part, value) add_value(p, to, part);
  } else if (member(value, "repeat") != NULL) {
    bytes once = {NULL, 0};
    int64_t left = number_or(member(value, "times"), 0);
    add_value(p, &once, member(value, "repeat"));
    if (once.size * (size_t)left > 0) {
      const size_t size = to->size;
      size_t at;
      to->data = realloc(to->data, size + once.size * (size_t)left + 1);
      if (to->data == NULL) abort();
      for (at = size; left > 0; --left, at += once.size) memcpy(to->data + at, once.data, once.size);
      to->size = at;
      to->data[at] = '\0';
    }
    free(once.data);
  } else if (member(value, "base64") != NULL) {
    add_base64_decoded(to, text_or(member(value, "base64"), ""));
  } else if (member(value, "json") != NULL) {
    char* json = cJSON_PrintUnformatted(member(value, "json"));
    add_filled(p, to, json);
    free(json);
  }
}

static bytes bytes_of(player* p, const cJSON* value) {
  bytes out = {NULL, 0};
  add(&out, "", 0);
  if (value != NULL) add_value(p, &out, value);
  return out;
}

/* Matches, and captures the holes that are met for the first time with the shortest texts that fit. */
static int matches(player* p, const char* wanted, const char* found, size_t size) {
  hole h;
  size_t prefix, length;
  capture* known;
  if (!next_hole(wanted, &h)) return strlen(wanted) == size && memcmp(wanted, found, size) == 0;
  prefix = (size_t)(h.begin - wanted);
  if (prefix > size || memcmp(wanted, found, prefix) != 0) return 0;
  found += prefix;
  size -= prefix;
  known = find_capture(p, h.name);
  if (known != NULL) {
    bytes value = {NULL, 0};
    int good;
    add_capture(&value, known, h.encoded);
    good = value.size <= size && memcmp(value.data, found, value.size) == 0 &&
           matches(p, h.end, found + value.size, size - value.size);
    free(value.data);
    return good;
  }
  if (p->captured_count == sizeof p->captured / sizeof p->captured[0]) return 0;
  known = &p->captured[p->captured_count++];
  memcpy(known->name, h.name, sizeof h.name);
  known->value.data = NULL;
  known->value.size = 0;
  for (length = 1; length <= size; ++length) {
    add(&known->value, found + length - 1, 1);
    if (matches(p, h.end, found + length, size - length)) return 1;
  }
  free(known->value.data);
  --p->captured_count;
  return 0;
}

static int expect(player* p, const cJSON* wanted, hlid_view found, const char* what) {
  bytes text = {NULL, 0};
  int good;
  if (cJSON_IsString(wanted)) {
    /* Holes in what is expected are captured, not filled. */
    good = matches(p, wanted->valuestring, found.data == NULL ? "" : found.data, found.size);
  } else {
    text = bytes_of(p, wanted);
    good = same(found, text.data, text.size);
    free(text.data);
  }
  return good ? 1
              : fail(p, "%s: expected \"%.300s\", found \"%.*s\"", what, text_or(wanted, "a long text"),
                     (int)(found.size < 300 ? found.size : 300), found.data == NULL ? "" : found.data);
}

/* ---- what is expected ----------------------------------------------------------------------- */

static int is_plain_header(hlid_view name) {
  return (name.size == 6 && strncmp(name.data, "Accept", 6) == 0) ||
         (name.size == 10 && strncmp(name.data, "User-Agent", 10) == 0);
}

static int expect_headers(player* p, const cJSON* wanted, const hlid_flow* flow) {
  size_t i, k, count = 0;
  for (i = 0; i < hlid_flow_request_header_count(flow); ++i) {
    const hlid_view name = hlid_flow_request_header_name(flow, i);
    char lower[64];
    if (is_plain_header(name)) continue;
    for (k = 0; k < name.size && k + 1 < sizeof lower; ++k) lower[k] = (char)tolower((unsigned char)name.data[k]);
    lower[k] = '\0';
    if (member(wanted, lower) == NULL) return fail(p, "header %s was not expected", lower);
    if (!expect(p, member(wanted, lower), hlid_flow_request_header_value(flow, i), lower)) return 0;
    ++count;
  }
  return count == (size_t)cJSON_GetArraySize(wanted) ? 1
                                                     : fail(p, "%zu headers instead of %d", count, cJSON_GetArraySize(wanted));
}

static int expect_form(player* p, const cJSON* wanted, hlid_view body) {
  size_t at = 0, count = 0;
  while (at < body.size) {
    const char* pair = body.data + at;
    const char* end = memchr(pair, '&', body.size - at);
    const size_t size = end == NULL ? body.size - at : (size_t)(end - pair);
    const char* equals = memchr(pair, '=', size);
    const size_t name_size = equals == NULL ? size : (size_t)(equals - pair);
    bytes name = {NULL, 0}, value = {NULL, 0};
    int good;
    add(&name, "", 0);
    add(&value, "", 0);
    add_form_decoded(&name, pair, name_size);
    if (equals != NULL) add_form_decoded(&value, equals + 1, size - name_size - 1);
    good = member(wanted, name.data) != NULL ? expect(p, member(wanted, name.data), view(&value), name.data)
                                             : fail(p, "field %s was not expected", name.data);
    free(name.data);
    free(value.data);
    if (!good) return 0;
    ++count;
    at += size + 1;
  }
  return count == (size_t)cJSON_GetArraySize(wanted) ? 1 : fail(p, "%zu fields instead of %d", count, cJSON_GetArraySize(wanted));
}

static int expect_request(player* p, const cJSON* wanted, const hlid_flow* flow) {
  const cJSON* item;
  cJSON_ArrayForEach(item, wanted) {
    const char* name = item->string;
    int good;
    if (strcmp(name, "name") == 0) {
      good = expect(p, item, hlid_flow_request_name(flow), name);
    } else if (strcmp(name, "method") == 0) {
      good = expect(p, item, hlid_flow_request_method(flow), name);
    } else if (strcmp(name, "url") == 0) {
      good = expect(p, item, hlid_flow_request_url(flow), name);
    } else if (strcmp(name, "body") == 0) {
      good = expect(p, item, hlid_flow_request_body(flow), name);
    } else if (strcmp(name, "headers") == 0) {
      good = expect_headers(p, item, flow);
    } else if (strcmp(name, "form") == 0) {
      good = expect_form(p, item, hlid_flow_request_body(flow));
    } else if (strcmp(name, "retry_safe") == 0) {
      good = hlid_flow_request_retry_safe(flow) == cJSON_IsTrue(item) ? 1 : fail(p, "retry_safe");
    } else if (strcmp(name, "prefers_http2") == 0) {
      good = hlid_flow_request_prefers_http2(flow) == cJSON_IsTrue(item) ? 1 : fail(p, "prefers_http2");
    } else {
      good = fail(p, "the player does not know %s", name);
    }
    if (!good) return 0;
  }
  return 1;
}

static hlid_view text_of_error(const hlid_error* err, const char* name) {
  if (strncmp(name, "kind", 4) == 0) return hlid_error_kind_name(err);
  if (strncmp(name, "advice", 6) == 0) return hlid_error_advice_name(err);
  if (strncmp(name, "reason", 6) == 0) return hlid_error_reason(err);
  if (strncmp(name, "message", 7) == 0) return hlid_error_message(err);
  if (strncmp(name, "hint", 4) == 0) return hlid_error_hint(err);
  if (strncmp(name, "field", 5) == 0) return hlid_error_field(err);
  return strcmp(name, "server_code") == 0 ? hlid_error_server_code(err) : hlid_error_server_text(err);
}

static int expect_error(player* p, const cJSON* wanted, const hlid_error* err) {
  const cJSON *item, *part;
  cJSON_ArrayForEach(item, wanted) {
    const char* name = item->string;
    if (strcmp(name, "http_status") == 0) {
      if (hlid_error_http_status(err) != (int32_t)number_or(item, 0))
        return fail(p, "http_status is %d", (int)hlid_error_http_status(err));
    } else if (strcmp(name, "outcome_unknown") == 0) {
      if (hlid_error_outcome_unknown(err) != cJSON_IsTrue(item)) return fail(p, "outcome_unknown");
    } else if (strcmp(name, "retry_after_ms") == 0) {
      if (hlid_error_retry_after_ms(err) != number_or(item, 0))
        return fail(p, "retry_after_ms is %lld", (long long)hlid_error_retry_after_ms(err));
    } else if (cJSON_IsArray(item)) { /* hint_has, message_has */
      const hlid_view text = text_of_error(err, name);
      cJSON_ArrayForEach(part, item) {
        bytes whole = {NULL, 0};
        int has;
        add(&whole, text.data, text.size);
        has = strstr(whole.data, part->valuestring) != NULL;
        free(whole.data);
        if (!has)
          return fail(p, "%s: \"%s\" is not in \"%.*s\"", name, part->valuestring, (int)text.size,
                      text.data == NULL ? "" : text.data);
      }
    } else if (!expect(p, item, text_of_error(err, name), name)) {
      return 0;
    }
  }
  return 1;
}

/* ---- the conversation ----------------------------------------------------------------------- */

static hlid_status make_app(player* p, hlid_app** app, hlid_error** err) {
  const cJSON* item;
  hlid_settings* settings = hlid_settings_new();
  hlid_status status = HLID_OK;
  cJSON_ArrayForEach(item, member(p->vector, "settings")) {
    bytes value;
    if (cJSON_IsNull(item) || status != HLID_OK) continue;
    value = bytes_of(p, item);
    status = hlid_settings_set(settings, hlid_str(item->string), view(&value), err);
    free(value.data);
  }
  if (status == HLID_OK) status = hlid_app_new(settings, app, err);
  hlid_settings_free(settings);
  return status;
}

static hlid_status set_parameters(player* p, hlid_flow* flow, hlid_error** err) {
  const cJSON* item;
  cJSON_ArrayForEach(item, member(p->vector, "parameters")) {
    bytes value;
    hlid_status status;
    if (cJSON_IsNull(item)) continue;
    value = bytes_of(p, item);
    status = hlid_flow_set(flow, hlid_str(item->string), view(&value), err);
    free(value.data);
    if (status != HLID_OK) return status;
  }
  return HLID_OK;
}

static int give(player* p, hlid_flow* flow, const cJSON* wanted) {
  const cJSON *response = member(wanted, "response"), *none = member(wanted, "no_response"), *header;
  bytes body;
  hlid_status given;
  if (none != NULL) {
    const int32_t left = strcmp(text_or(member(none, "sent"), ""), "no") == 0 ? HLID_NOT_SENT : HLID_MAYBE_SENT;
    bytes why = bytes_of(p, member(none, "why"));
    const hlid_status status = hlid_flow_give_no_response(flow, left, view(&why), NULL);
    free(why.data);
    return status == HLID_OK ? 1 : fail(p, "give_no_response was refused");
  }
  cJSON_ArrayForEach(header, member(response, "headers")) {
    bytes name = bytes_of(p, cJSON_GetArrayItem(header, 0)), value = bytes_of(p, cJSON_GetArrayItem(header, 1));
    /* Also one too many: the end says so. */
    const hlid_status status = hlid_flow_give_header(flow, view(&name), view(&value), NULL);
    free(name.data);
    free(value.data);
    if (status != HLID_OK) return fail(p, "give_header was refused");
  }
  body = bytes_of(p, member(response, "body"));
  given = hlid_flow_give_response(flow, (int32_t)number_or(member(response, "status"), 0),
                                  (int32_t)number_or(member(response, "http_version"), 0), view(&body), NULL);
  free(body.data);
  return given == HLID_OK ? 1 : fail(p, "give_response was refused");
}

static int next_is(player* p, hlid_flow* flow, const char* wanted, hlid_step* step) {
  hlid_step again = 0;
  hlid_view name;
  if (hlid_flow_next(flow, p->now_ms, step, NULL) != HLID_OK) return fail(p, "next was refused");
  name = hlid_step_name(*step);
  if (!same(name, wanted, strlen(wanted))) {
    const hlid_view why = hlid_error_message(hlid_flow_error(flow));
    return fail(p, "step %.*s instead of %s: %.*s", (int)name.size, name.data, wanted, (int)why.size,
                why.data == NULL ? "" : why.data);
  }
  /* Of a page that asks for nothing, a second call says that it was shown. */
  if (*step == HLID_STEP_SHOW && hlid_flow_ask_name(flow).data == NULL) return 1;
  if (hlid_flow_next(flow, p->now_ms, &again, NULL) != HLID_OK || again != *step)
    return fail(p, "asked again, it said something else");
  return 1;
}

static int expect_ask(player* p, const cJSON* wanted, const hlid_flow* flow) {
  const cJSON *name = member(wanted, "name"), *secret = member(wanted, "secret"), *problem = member(wanted, "problem");
  const hlid_error* found = hlid_flow_ask_problem(flow);
  if (name != NULL && !expect(p, name, hlid_flow_ask_name(flow), "ask")) return 0;
  if (secret != NULL && hlid_flow_ask_secret(flow) != cJSON_IsTrue(secret)) return fail(p, "secret");
  if (problem == NULL) return 1;
  if (cJSON_IsNull(problem)) return found == NULL ? 1 : fail(p, "there is a problem");
  return found == NULL ? fail(p, "there is no problem") : expect_error(p, problem, found);
}

static int expect_sign(player* p, const cJSON* wanted, const hlid_flow* flow) {
  return wanted == NULL || (expect(p, member(wanted, "algorithm"), hlid_flow_sign_algorithm(flow), "algorithm") &&
                            expect(p, member(wanted, "input"), hlid_flow_sign_input(flow), "input"));
}

/* Values before they are asked for. */
static int give_offers(player* p, hlid_flow* flow, const cJSON* wanted) {
  const cJSON* item;
  cJSON_ArrayForEach(item, member(wanted, "offer")) {
    const cJSON* refusal = member(item, "error");
    hlid_error* err = NULL;
    bytes value = bytes_of(p, member(item, "value"));
    const hlid_status status = hlid_flow_offer(flow, hlid_str(text_or(member(item, "name"), "")), view(&value), &err);
    int as_said = 1;
    free(value.data);
    if (refusal == NULL && status != HLID_OK) as_said = fail(p, "an offer was refused");
    if (refusal != NULL)
      as_said = status == HLID_OK ? fail(p, "took an offer that it should refuse") : expect_error(p, refusal, err);
    hlid_error_free(err);
    if (!as_said) return 0;
  }
  return 1;
}

static int give_nothing(player* p, hlid_flow* flow, const cJSON* nothing) {
  bytes why = bytes_of(p, member(nothing, "why"));
  const hlid_status status = hlid_flow_give_nothing(flow, view(&why), NULL);
  free(why.data);
  return status == HLID_OK ? 1 : fail(p, "give_nothing was refused");
}

/* What a person brings: first new parameters, then a value or the wish for a new message. */
static int expect_show(player* p, const cJSON* wanted, const hlid_flow* flow) {
  const cJSON* item;
  cJSON_ArrayForEach(item, wanted) {
    const hlid_view found = strcmp(item->string, "url") == 0    ? hlid_flow_show_url(flow)
                            : strcmp(item->string, "code") == 0 ? hlid_flow_show_code(flow)
                                                                : hlid_flow_show_verification_uri(flow);
    if (!expect(p, item, found, item->string)) return 0;
  }
  return 1;
}

static int give_value(player* p, hlid_flow* flow, const cJSON* wanted) {
  const cJSON *given = member(wanted, "value"), *item;
  bytes value;
  hlid_status status;
  cJSON_ArrayForEach(item, member(wanted, "set")) {
    value = bytes_of(p, item);
    status = hlid_flow_set(flow, hlid_str(item->string), view(&value), NULL);
    free(value.data);
    if (status != HLID_OK) return fail(p, "set %s was refused", item->string);
  }
  if (cJSON_IsTrue(member(wanted, "resend"))) return hlid_flow_resend(flow, NULL) == HLID_OK ? 1 : fail(p, "resend was refused");
  cJSON_ArrayForEach(item, member(wanted, "refuses")) {
    hlid_error* err = NULL;
    int as_said;
    value = bytes_of(p, member(item, "value"));
    status = hlid_flow_give_value(flow, hlid_str(text_or(member(item, "name"), "")), view(&value), &err);
    free(value.data);
    as_said = status == HLID_OK ? fail(p, "took what it should refuse") : expect_error(p, member(item, "error"), err);
    hlid_error_free(err);
    if (!as_said) return 0;
  }
  if (member(wanted, "give_nothing") != NULL) return give_nothing(p, flow, member(wanted, "give_nothing"));
  if (given == NULL) return 1; /* an offer was what it asked for */
  value = bytes_of(p, member(given, "value"));
  status = hlid_flow_give_value(flow, hlid_str(text_or(member(given, "name"), "")), view(&value), NULL);
  free(value.data);
  return status == HLID_OK ? 1 : fail(p, "give_value was refused");
}

/* The flow goes into a ticket, and the one that comes out of it takes its place. */
static int travel(player* p, hlid_flow** flow, const cJSON* ticket, const char* step_name) {
  const hlid_view binding = {text_or(member(ticket, "binding"), NULL), strlen(text_or(member(ticket, "binding"), ""))};
  hlid_view text;
  hlid_flow* other = NULL;
  hlid_step step = 0;
  if (hlid_flow_seal(*flow, binding, p->now_ms, &text, NULL) != HLID_OK) return fail(p, "seal was refused");
  if (hlid_flow_unseal(p->app, hlid_str(NULL), text, binding, p->now_ms, &other, NULL) != HLID_OK)
    return fail(p, "unseal was refused");
  hlid_flow_free(*flow);
  *flow = other;
  return next_is(p, other, step_name, &step);
}

static int play_step(player* p, hlid_flow** at, const cJSON* wanted) {
  hlid_flow* flow = *at;
  hlid_step step = 0;
  p->now_ms += number_or(member(wanted, "advance_ms"), 0);
  if (!next_is(p, flow, text_or(member(wanted, "step"), "?"), &step)) return 0;
  if (step == HLID_STEP_SEND)
    return expect_request(p, member(wanted, "request"), flow) && give_offers(p, flow, wanted) && give(p, flow, wanted);
  if (step == HLID_STEP_WAIT) {
    const int64_t wait = hlid_flow_wait_until_ms(flow) - p->now_ms;
    if (wait <= 0 || wait > number_or(member(wanted, "wait_at_most_ms"), wait)) return fail(p, "waits %lld ms", (long long)wait);
    p->now_ms += wait;
    return 1;
  }
  if ((step == HLID_STEP_ASK || step == HLID_STEP_SHOW) && member(wanted, "ask") != NULL &&
      !expect_ask(p, member(wanted, "ask"), flow))
    return 0;
  if (step == HLID_STEP_SHOW && member(wanted, "show") != NULL && !expect_show(p, member(wanted, "show"), flow)) return 0;
  if (step == HLID_STEP_SIGN && !expect_sign(p, member(wanted, "sign"), flow)) return 0;
  if (!give_offers(p, flow, wanted)) return 0;
  if (member(wanted, "ticket") != NULL && !travel(p, at, member(wanted, "ticket"), text_or(member(wanted, "step"), "?")))
    return 0;
  return give_value(p, *at, wanted);
}

static void play_end(player* p, hlid_flow* flow) {
  const cJSON *wanted = member(p->vector, "end"), *item;
  hlid_step step = 0;
  if (!next_is(p, flow, text_or(member(wanted, "step"), "?"), &step) || !give_offers(p, flow, wanted)) return;
  if (step == HLID_STEP_FAILED) {
    expect_error(p, member(wanted, "error"), hlid_flow_error(flow));
    return;
  }
  cJSON_ArrayForEach(item, member(wanted, "result")) {
    if (!expect(p, item, hlid_result_get(hlid_flow_result(flow), hlid_str(item->string)), item->string)) return;
  }
  cJSON_ArrayForEach(item, member(wanted, "absent")) {
    if (hlid_result_get(hlid_flow_result(flow), hlid_str(item->valuestring)).data != NULL)
      fail(p, "%s is there", item->valuestring);
  }
}

static void play(player* p) {
  const cJSON *refused = member(p->vector, "refused"), *step;
  const char* at = "settings";
  hlid_app* app = NULL;
  hlid_flow* flow = NULL;
  hlid_error* err = NULL;
  hlid_status status = make_app(p, &app, &err);
  p->app = app;
  if (status == HLID_OK && member(p->vector, "ticket") != NULL) {
    const char* binding = text_or(member(p->vector, "binding"), NULL);
    bytes ticket = bytes_of(p, member(p->vector, "ticket"));
    at = "ticket";
    status = hlid_flow_unseal(app, hlid_str(text_or(member(p->vector, "wanted_flow"), NULL)), view(&ticket), hlid_str(binding),
                              p->now_ms, &flow, &err);
    free(ticket.data);
  } else if (status == HLID_OK) {
    at = "flow";
    status = hlid_flow_new(app, hlid_str(text_or(member(p->vector, "flow"), "")), &flow, &err);
  }
  if (status == HLID_OK) {
    at = "parameter";
    status = set_parameters(p, flow, &err);
  }
  if (status == HLID_OK && refused != NULL) {
    hlid_step ignored;
    at = "next";
    status = hlid_flow_next(flow, p->now_ms, &ignored, &err);
    if (status == HLID_OK) fail(p, "was not refused");
  }
  if (status != HLID_OK) {
    const hlid_view message = hlid_error_message(err);
    if (refused == NULL || strcmp(at, text_or(member(refused, "at"), "")) != 0)
      fail(p, "was refused at %s: %.*s", at, (int)message.size, message.data);
    expect_error(p, member(refused, "error"), err);
  } else if (refused == NULL && give_offers(p, flow, p->vector)) {
    cJSON_ArrayForEach(step, member(p->vector, "steps")) {
      if (!play_step(p, &flow, step)) break;
    }
    if (p->fault[0] == '\0') play_end(p, flow);
  }
  hlid_error_free(err);
  hlid_flow_free(flow);
  hlid_app_free(app);
  while (p->captured_count > 0) free(p->captured[--p->captured_count].value.data);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void put(cJSON* into, const char* name, const cJSON* value) {
  cJSON_DeleteItemFromObjectCaseSensitive(into, name);
  cJSON_AddItemToObject(into, name, cJSON_Duplicate(value, 1));
}

static cJSON* varied(const cJSON* file, const cJSON* variant) {
  cJSON* out = cJSON_Duplicate(file, 1);
  const cJSON *item, *inner;
  cJSON_DeleteItemFromObjectCaseSensitive(out, "variants");
  cJSON_ArrayForEach(item, variant) {
    if (strcmp(item->string, "response") == 0 || strcmp(item->string, "no_response") == 0) {
      const cJSON* steps = member(out, "steps");
      cJSON* last = cJSON_GetArrayItem(steps, cJSON_GetArraySize(steps) - 1);
      cJSON_DeleteItemFromObjectCaseSensitive(last, "response");
      cJSON_DeleteItemFromObjectCaseSensitive(last, "no_response");
      put(last, item->string, item);
    } else if (strcmp(item->string, "settings") == 0 || strcmp(item->string, "parameters") == 0) {
      cJSON* into = cJSON_GetObjectItemCaseSensitive(out, item->string);
      if (into == NULL) into = cJSON_AddObjectToObject(out, item->string);
      cJSON_ArrayForEach(inner, item) put(into, inner->string, inner); /* null is left out when it is given */
    } else {
      put(out, item->string, item);
    }
  }
  if (member(variant, "refused") == NULL && member(variant, "end") != NULL)
    cJSON_DeleteItemFromObjectCaseSensitive(out, "refused");
  return out;
}

static int play_one(const char* name, int number, const cJSON* vector) {
  player p;
  memset(&p, 0, sizeof p);
  p.vector = vector;
  p.now_ms = number_or(member(vector, "now_ms"), 1767225600000);
  play(&p);
  if (p.fault[0] != '\0') printf("%s[%d] %s: %s\n", name, number, text_or(member(vector, "about"), ""), p.fault);
  return p.fault[0] == '\0';
}

static cJSON* read_json(const char* path) {
  FILE* file = fopen(path, "rb");
  bytes text = {NULL, 0};
  char block[65536];
  size_t got;
  cJSON* out;
  if (file == NULL) return NULL;
  while ((got = fread(block, 1, sizeof block, file)) > 0) add(&text, block, got);
  fclose(file);
  out = cJSON_ParseWithLength(text.data, text.size);
  free(text.data);
  return out;
}

int main(int argc, char** argv) {
  DIR* folder = argc == 2 ? opendir(argv[1]) : NULL;
  struct dirent* entry;
  int played = 0, failed = 0;
  if (folder == NULL) return 2;
  while ((entry = readdir(folder)) != NULL) {
    const size_t size = strlen(entry->d_name);
    char path[4096];
    cJSON* file;
    const cJSON* variant;
    int number = 0;
    if (size < 5 || strcmp(entry->d_name + size - 5, ".json") != 0) continue;
    snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
    file = read_json(path);
    if (file == NULL) {
      printf("%s is no JSON\n", path);
      ++failed;
      continue;
    }
    if (member(file, "end") != NULL || member(file, "refused") != NULL) {
      failed += !play_one(entry->d_name, -1, file);
      ++played;
    }
    cJSON_ArrayForEach(variant, member(file, "variants")) {
      cJSON* vector = varied(file, variant);
      failed += !play_one(entry->d_name, number++, vector);
      ++played;
      cJSON_Delete(vector);
    }
    cJSON_Delete(file);
  }
  closedir(folder);
  printf("%d vectors played, %d failed\n", played, failed);
  return failed == 0 && played > 0 ? 0 : 1;
}
