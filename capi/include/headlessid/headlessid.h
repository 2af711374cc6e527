/* headlessid.h: Salesforce Headless Identity flows, for C and for everything that can call C.
 *
 * The shape
 *   hlid_app     the settings of one client (an external client app or connected app) at one
 *                Experience Cloud site. Made once, shared by every flow.
 *   hlid_flow    one guest visit, one login, one logout. A state machine that does no I/O, starts
 *                no thread, reads no clock and never calls you. Ask what it wants (hlid_flow_next),
 *                do that, hand back what came of it (hlid_flow_give_*), ask again, until the step
 *                is HLID_STEP_DONE or HLID_STEP_FAILED.
 *   hlid_result  what a flow brought: fields by name.
 *   hlid_client  runs flows for you on libcurl: thousands at once on one I/O thread, finished ones
 *                in a completion queue with a file descriptor to wait on.
 *   Either a client or a loop of your own drives a flow; hlid_flow_next says the same to both.
 *
 * Memory   What a call puts in an out parameter is yours; free it with its *_free, which takes
 *          NULL. What you pass in is copied. A view you get is borrowed: it ends with the next call
 *          that takes the same handle without const, or with the handle.
 * Text     UTF-8 with a length. {NULL, 0} is absent, {"", 0} is empty. What you pass in needs no NUL at its end; every
 *          view that you get has one behind its last byte, so that its data is a C string (of all its text, unless a
 *          NUL is part of that: compare strlen with the size).
 * Secrets  Passwords, tokens, codes, verifiers and client secrets are wiped from memory when their
 *          handle is freed, and stand in no message, hint or trace. What you copy out is yours to wipe.
 * Threads  Calls that take a handle as const may overlap; any other needs the handle to itself and
 *          answers HLID_E_STATE when it is not (a flow), or is safe from every thread (a client: it
 *          says so). Any thread will do, with 64 KiB of stack. There is no global state.
 * Failure  HLID_OK or an HLID_E_*. On failure *err is set if err is not NULL; on success it is left
 *          alone. ARGUMENT and STATE leave the handle as it was; anything else ends the flow, which
 *          says the same to every later call. Running out of memory ends the process.
 * Fork     After fork() the child may free handles; a client used there answers HLID_E_STATE.
 */
#ifndef HEADLESSID_H
#define HEADLESSID_H

#include <stddef.h>
#include <stdint.h>

#include "headlessid/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- versions ------------------------------------------------------------------------------- */

/* Rises when something here changes or goes; additions leave it. Bindings compare it at load. */
#define HLID_ABI_VERSION 3u
HLID_API uint32_t hlid_abi_version(void);

/* Bytes that somebody else owns. */
typedef struct hlid_view {
  const char* data;
  size_t size;
} hlid_view;

/* A view of a NUL-terminated string; NULL gives an absent view. */
HLID_API hlid_view hlid_str(const char* text);

/* The library's version, for people: "0.1.0". Lives as long as the library. */
HLID_API hlid_view hlid_version(void);

/* Whether hlid_client_* work in this build: 1, or 0 (HLID_CLIENT=OFF; hlid_client_new then says so). */
HLID_API int32_t hlid_has_client(void);

/* The catalogue as JSON: every setting of an app, and every flow with its parameters, what it may ask
 * for and what it returns. What docs/flows shows, for programs. Lives as long as the library. */
HLID_API hlid_view hlid_catalogue(void);

/* ---- status and errors ---------------------------------------------------------------------- */

/* Never renumbered, never reused. */
typedef int32_t hlid_status;
enum {
  HLID_OK = 0,
  HLID_E_ARGUMENT = 1,  /* the caller's bug: a bad value; hlid_error_field names it */
  HLID_E_STATE = 2,     /* the caller's bug: not what the handle is ready for; or cancelled, or closed */
  HLID_E_TRANSPORT = 3, /* no response came, and the flow has stopped trying */
  HLID_E_PROTOCOL = 4,  /* a response broke the protocol or failed a check */
  HLID_E_REFUSED = 5    /* the server said no: hlid_error_server_code */
};

/* What to do about an error. */
typedef int32_t hlid_advice;
enum {
  HLID_ADVICE_NONE = 0,          /* nothing that a program can do */
  HLID_ADVICE_FIX_ARGUMENT = 1,  /* change the value named by hlid_error_field */
  HLID_ADVICE_ASK_AGAIN = 2,     /* ask the person again: wrong password, wrong OTP */
  HLID_ADVICE_RESTART = 3,       /* start a new flow of the same kind */
  HLID_ADVICE_SIGN_IN_AGAIN = 4, /* the session is over */
  HLID_ADVICE_RETRY_LATER = 5,   /* the same call may work later: hlid_error_retry_after_ms */
  HLID_ADVICE_FIX_ORG = 6        /* an admin has to change a setting: hlid_error_hint names it */
};

typedef struct hlid_error hlid_error;

HLID_API hlid_status hlid_error_kind(const hlid_error* err);
HLID_API hlid_advice hlid_error_advice(const hlid_error* err);
/* "ARGUMENT", "FIX_ORG", ...: the names above without their prefix. */
HLID_API hlid_view hlid_error_kind_name(const hlid_error* err);
HLID_API hlid_view hlid_error_advice_name(const hlid_error* err);
/* One word that stays the same between releases: "invalid_credentials", "not_headless",
 * "state_mismatch". docs/errors.md lists all. */
HLID_API hlid_view hlid_error_reason(const hlid_error* err);
/* One line for people: what was wrong. Holds no secret. */
HLID_API hlid_view hlid_error_message(const hlid_error* err);
/* With FIX_ORG: the setting as Setup shows it and as the Metadata API names it. Else mostly absent. */
HLID_API hlid_view hlid_error_hint(const hlid_error* err);
/* With ARGUMENT and FIX_ARGUMENT: the setting or parameter that was wrong. */
HLID_API hlid_view hlid_error_field(const hlid_error* err);
/* The server's own words: its error code ("invalid_grant"), and its text, escaped, on one line, at
 * most 300 bytes. Absent where the server said none. For logs; a wrong user and a wrong password
 * differ in none of the texts above. */
HLID_API hlid_view hlid_error_server_code(const hlid_error* err);
HLID_API hlid_view hlid_error_server_text(const hlid_error* err);
/* Status of the HTTP response that the error is about, or 0. */
HLID_API int32_t hlid_error_http_status(const hlid_error* err);
/* 1 if a single-use request may have reached the server and no complete response came back. */
HLID_API int32_t hlid_error_outcome_unknown(const hlid_error* err);
/* How long the server asks to wait, in ms, or -1. */
HLID_API int64_t hlid_error_retry_after_ms(const hlid_error* err);
HLID_API void hlid_error_free(hlid_error* err);

/* ---- app settings --------------------------------------------------------------------------- */

/* Settings by name, as docs/settings.md and the catalogue list them. An app keeps what it needs of them: free them
 * when it is made, or make more apps from them. */
typedef struct hlid_settings hlid_settings;
/* Every setting at its default. Never NULL. */
HLID_API hlid_settings* hlid_settings_new(void);
/* Sets one by its name: numbers in decimal, "true" and "false", lists separated by spaces. The last value counts; an
 * absent one puts the default back. Checks the name and the value: HLID_E_ARGUMENT, with the name as the field. */
HLID_API hlid_status hlid_settings_set(hlid_settings* settings, hlid_view name, hlid_view value, hlid_error** err);
/* Sets those of a JSON object (a profile) by name, or none of them: texts, numbers, true and false, objects for settings that
 * are JSON, arrays of texts for lists, null for an absent value. */
HLID_API hlid_status hlid_settings_set_json(hlid_settings* settings, hlid_view json, hlid_error** err);
/* Wipes every secret that they hold. */
HLID_API void hlid_settings_free(hlid_settings* settings);

typedef struct hlid_app hlid_app;
/* Checks the settings together: HLID_E_ARGUMENT names one that is missing, or does not fit the others. An app may be freed
 * while flows and clients made from it live. */
HLID_API hlid_status hlid_app_new(const hlid_settings* settings, hlid_app** out, hlid_error** err);
HLID_API void hlid_app_free(hlid_app* app);

/* ---- a flow --------------------------------------------------------------------------------- */

typedef struct hlid_flow hlid_flow;
typedef struct hlid_result hlid_result;

/* A new flow by its name in the catalogue: "guest", "login", "registration", ... HLID_E_ARGUMENT names a setting of the app
 * that the flow needs and the app lacks, or `site` if the flow cannot use such a host. */
HLID_API hlid_status hlid_flow_new(const hlid_app* app, hlid_view name, hlid_flow** out, hlid_error** err);
/* From any thread; wipes every secret that the flow held. One that is in use, by a call on another thread or by a client, is
 * cancelled, and freed when the call or the client lets go: the client's completion then has the tag, and NULL for the flow. */
HLID_API void hlid_flow_free(hlid_flow* flow);

/* The flow's name in the catalogue. */
HLID_API hlid_view hlid_flow_name(const hlid_flow* flow);

/* Sets a parameter by its name in the catalogue, before the first hlid_flow_next; at ASK also one that is
 * single-use (recaptcha), was not set, or may not have fitted into a ticket (userdata): it counts for what
 * is sent next. An absent value is the same as not setting it. Refused values leave the flow as it was. */
HLID_API hlid_status hlid_flow_set(hlid_flow* flow, hlid_view parameter, hlid_view value, hlid_error** err);
/* Overrides the app's timeout_ms for this flow, before the first hlid_flow_next. */
HLID_API hlid_status hlid_flow_set_timeout_ms(hlid_flow* flow, int64_t timeout_ms, hlid_error** err);
/* Keeps a transcript of every exchange, secrets as dots, before the first hlid_flow_next. */
HLID_API hlid_status hlid_flow_set_trace(hlid_flow* flow, int32_t on, hlid_error** err);
/* The transcript so far; empty unless asked for. Lines end with '\n'. */
HLID_API hlid_view hlid_flow_trace(const hlid_flow* flow);

/* A kind of step added later is only taken by flows that an old host could not have made. */
typedef int32_t hlid_step;
enum {
  HLID_STEP_SEND = 1,  /* send hlid_flow_request_*; then give_header..., give_response or give_no_response */
  HLID_STEP_ASK = 2,   /* get hlid_flow_ask_name from a person; then give_value */
  HLID_STEP_SHOW = 3,  /* show hlid_flow_show_url; then give_value if hlid_flow_ask_name is present */
  HLID_STEP_SIGN = 4,  /* sign hlid_flow_sign_input with hlid_flow_sign_algorithm; then give_value("signature") */
  HLID_STEP_WAIT = 5,  /* call next again when the time is hlid_flow_wait_until_ms */
  HLID_STEP_DONE = 6,  /* hlid_flow_result */
  HLID_STEP_FAILED = 7 /* hlid_flow_error */
};
/* "SEND", "ASK", ...; "UNKNOWN" for a number that is none. Lives as long as the library. */
HLID_API hlid_view hlid_step_name(hlid_step step);

/* What the flow wants now. now_ms: milliseconds since 1970 (UTC), any value is safe. The first call
 * checks the parameters as a whole: HLID_E_ARGUMENT then leaves the flow open for hlid_flow_set.
 * Asked again without anything given, it says the same again. */
HLID_API hlid_status hlid_flow_next(hlid_flow* flow, int64_t now_ms, hlid_step* out, hlid_error** err);

/* SEND: one HTTP request. Redirects are not followed, cookies neither sent nor kept, no other
 * authentication is added. Send the headers as they are, and no others that carry meaning. */
HLID_API hlid_view hlid_flow_request_name(const hlid_flow* flow);   /* "authorize", "token", ... */
HLID_API hlid_view hlid_flow_request_method(const hlid_flow* flow); /* "POST" or "GET" */
HLID_API hlid_view hlid_flow_request_url(const hlid_flow* flow);
HLID_API size_t hlid_flow_request_header_count(const hlid_flow* flow);
HLID_API hlid_view hlid_flow_request_header_name(const hlid_flow* flow, size_t index);
HLID_API hlid_view hlid_flow_request_header_value(const hlid_flow* flow, size_t index); /* may be secret */
HLID_API hlid_view hlid_flow_request_body(const hlid_flow* flow);                       /* secret */
/* Whether this request may be sent again after it may have left: 1 yes, 0 no (single-use). The flow
 * itself asks for every repetition by a new SEND; a host and its HTTP stack never repeat. */
HLID_API int32_t hlid_flow_request_retry_safe(const hlid_flow* flow);
/* 1 where the server is known to want HTTP/2 (the guest token call). */
HLID_API int32_t hlid_flow_request_prefers_http2(const hlid_flow* flow);
/* When the flow's time is over, by the clock given to next. 0 before the first next. */
HLID_API int64_t hlid_flow_deadline_ms(const hlid_flow* flow);

/* One header of the response, before give_response; in order, repeated ones each. Limits: 256 headers,
 * 64 KiB in all; more end the flow (PROTOCOL). */
HLID_API hlid_status hlid_flow_give_header(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/* The complete response has come. http_version: 10, 11, 20, 30, or 0 if not known. At most 1 MiB of body. */
HLID_API hlid_status hlid_flow_give_response(hlid_flow* flow, int32_t http_status, int32_t http_version, hlid_view body,
                                             hlid_error** err);
/* Whether a byte of the request may have reached the server. */
enum {
  HLID_NOT_SENT = 1, /* no name, no connection, TLS not completed, stream refused */
  HLID_MAYBE_SENT = 2
};
/* No complete response came, for good. why: one line for people, without secrets, or absent. */
HLID_API hlid_status hlid_flow_give_no_response(hlid_flow* flow, int32_t sent, hlid_view why, hlid_error** err);
/* The same where the host knows what went wrong: reason is one of "no_host", "no_name_server",
 * "no_connection", "untrusted_certificate", "wrong_certificate", "expired_certificate",
 * "bad_certificate", "tls_failed", "proxy_refused", "proxy_failed", "no_descriptors", "stream_refused",
 * "cut_off", "timeout", "no_response" (docs/errors.md). All but the last three mean that nothing left,
 * whatever sent says; what does not pass by itself (a certificate, a name, a proxy that refuses) is not
 * tried again. HLID_E_ARGUMENT for another word. */
HLID_API hlid_status hlid_flow_give_fault(hlid_flow* flow, int32_t sent, hlid_view reason, hlid_view why, hlid_error** err);

/* ASK (and SHOW with a callback). A value that was wrong is asked for again: hlid_flow_ask_problem
 * then says what was wrong, and is NULL the first time. */
HLID_API hlid_view hlid_flow_ask_name(const hlid_flow* flow);
HLID_API int32_t hlid_flow_ask_secret(const hlid_flow* flow);
HLID_API const hlid_error* hlid_flow_ask_problem(const hlid_flow* flow);
HLID_API hlid_status hlid_flow_give_value(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/* A value before it is asked for. At the question of that name the same as hlid_flow_give_value. Otherwise the flow keeps it,
 * never in a ticket, and uses it when it comes to that question; but at a question that has a problem it drops all that it
 * keeps, and stops. HLID_E_ARGUMENT for a name that the flow never asks for. */
HLID_API hlid_status hlid_flow_offer(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/* ASK, SHOW and SIGN: the host has no value to give. The flow ends: FAILED, kind STATE, reason "signing_failed" at SIGN,
 * "no_value" at ASK and SHOW. why: one line for people, without secrets, or absent. */
HLID_API hlid_status hlid_flow_give_nothing(hlid_flow* flow, hlid_view why, hlid_error** err);
/* At ASK, instead of a value: has the message sent anew, with the flow's parameters. HLID_E_STATE where
 * the flow waits for no message ("resends" in the catalogue), and, reason "single_use_spent", where a
 * reCAPTCHA token was used and no new one has been set: then nothing has changed. */
HLID_API hlid_status hlid_flow_resend(hlid_flow* flow, hlid_error** err);
/* SHOW. */
HLID_API hlid_view hlid_flow_show_url(const hlid_flow* flow);
HLID_API hlid_view hlid_flow_show_code(const hlid_flow* flow); /* a code to type there, or absent */
/* SIGN. */
HLID_API hlid_view hlid_flow_sign_algorithm(const hlid_flow* flow); /* "RS256" */
HLID_API hlid_view hlid_flow_sign_input(const hlid_flow* flow);
/* WAIT. */
HLID_API int64_t hlid_flow_wait_until_ms(const hlid_flow* flow);

/* ---- a parked flow travels ------------------------------------------------------------------- */

/* At ASK and SHOW: the flow as text (a ticket), to be taken up by any process that has an app with the
 * same site, client_id and seal_keys. At most 3,072 characters of base64url, AES-256-GCM, good for
 * seal_lifetime_s; secret, but unreadable without the key. The flow itself goes on and may still be used:
 * who uses both sends what is single-use twice, and the server refuses the second. What does not fit is
 * left out: a guest's token (its UVID stays), a registration's userdata, customdata and password (set them
 * again before a resend); never kept: recaptcha, integration_token.
 * binding: the host's own session, or whatever else the ticket must not leave; absent or empty: none.
 * *out is borrowed until the next call that takes the flow without const. */
HLID_API hlid_status hlid_flow_seal(hlid_flow* flow, hlid_view binding, int64_t now_ms, hlid_view* out, hlid_error** err);
/* A new flow from a ticket: hlid_flow_next then asks again what the sealed one asked. HLID_E_ARGUMENT,
 * reason "ticket_refused", for all that is wrong with a ticket, its age included; HLID_E_STATE, reason
 * "other_session", if only the binding is another.
 * name: the flow that the caller goes on with; absent: whichever the ticket holds. A ticket of another flow,
 * with the right binding, is HLID_E_STATE, reason "other_flow". */
HLID_API hlid_status hlid_flow_unseal(const hlid_app* app, hlid_view name, hlid_view ticket, hlid_view binding, int64_t now_ms,
                                      hlid_flow** out, hlid_error** err);
/* 32 hex digits, another for each sealing: of the ticket that was sealed last, or that this flow was
 * opened from; absent if there is none. Mark it as used in a store, and a ticket is opened once. */
HLID_API hlid_view hlid_flow_ticket_id(const hlid_flow* flow);

/* From any thread. HLID_OK: the flow ends as FAILED, kind STATE, reason "cancelled": the next hlid_flow_next says so, or the
 * client that runs the flow hands it back so. What other threads have read of the flow stays valid until then. HLID_E_STATE,
 * reason "ended": it had ended. */
HLID_API hlid_status hlid_flow_cancel(hlid_flow* flow, hlid_error** err);

/* DONE and FAILED: borrowed, as long as the flow; NULL in any other step. */
HLID_API const hlid_result* hlid_flow_result(const hlid_flow* flow);
HLID_API const hlid_error* hlid_flow_error(const hlid_flow* flow);

/* Fields by their name in the catalogue; absent where the server sent none. Numbers in decimal. */
HLID_API hlid_view hlid_result_get(const hlid_result* result, hlid_view name);
HLID_API size_t hlid_result_count(const hlid_result* result);
HLID_API hlid_view hlid_result_name(const hlid_result* result, size_t index);
HLID_API hlid_view hlid_result_value(const hlid_result* result, size_t index);

/* ---- the client ----------------------------------------------------------------------------- */

typedef struct hlid_client hlid_client;

/* Starts the I/O thread. max_in_flight: flows at a time, 1 to 1,000,000, more are HLID_E_STATE; 0: 10,000. Every call below
 * is safe from every thread. */
HLID_API hlid_status hlid_client_new(const hlid_app* app, int64_t max_in_flight, hlid_client** out, hlid_error** err);

/* Runs a flow of the same app until it is DONE or FAILED, or wants what only the host has (ASK, SHOW,
 * SIGN). From HLID_OK until its completion has been taken the flow belongs to the client: only
 * hlid_flow_cancel and hlid_flow_free may be called. tag: the host's own, unique among its flows in flight. */
enum {
  HLID_START_QUEUE = 0, /* the completion goes to the queue: hlid_client_fd, hlid_client_take */
  HLID_START_WAIT = 1   /* the completion is kept for hlid_client_wait with this tag */
};
HLID_API hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t how, hlid_error** err);

/* One finished or parked flow, handed back: the step is what hlid_flow_next said last. */
typedef struct hlid_completion {
  hlid_flow* flow; /* NULL: it was freed meanwhile */
  uint64_t tag;
  hlid_step step;
  int32_t reserved;
} hlid_completion;

/* Readable whenever the queue may hold something. Yours to wait on, not to read or close. */
HLID_API int hlid_client_fd(const hlid_client* client);
/* Takes up to capacity completions from the queue and says how many. Never waits. An empty queue
 * makes the descriptor unreadable. */
HLID_API size_t hlid_client_take(hlid_client* client, hlid_completion* out, size_t capacity);
/* Waits for the flow that was started with HLID_START_WAIT and this tag, at most timeout_ms (-1: as
 * long as it takes). HLID_OK with out->step 0: not yet. HLID_E_STATE: there is no such flow. */
HLID_API hlid_status hlid_client_wait(hlid_client* client, uint64_t tag, int64_t timeout_ms, hlid_completion* out,
                                      hlid_error** err);
/* The same in one call: start, wait for the end, *step is what came of it. */
HLID_API hlid_status hlid_client_run(hlid_client* client, hlid_flow* flow, hlid_step* step, hlid_error** err);
/* Ends the flow with this tag soon: it completes as FAILED, kind STATE, reason "cancelled", unless it
 * had ended already. An unknown tag is nothing. */
HLID_API void hlid_client_cancel(hlid_client* client, uint64_t tag);
/* Flows that were started and whose completion has not been taken. */
HLID_API size_t hlid_client_in_flight(const hlid_client* client);
/* Ends every flow in flight exactly once (FAILED, STATE, reason "closed"), stops the I/O thread and
 * returns; completions can still be taken. Safe twice, and while calls run. */
HLID_API void hlid_client_close(hlid_client* client);
/* Closes, and frees the flows whose completion nobody took. No other call may be running. */
HLID_API void hlid_client_free(hlid_client* client);

#ifdef __cplusplus
}
#endif
#endif
