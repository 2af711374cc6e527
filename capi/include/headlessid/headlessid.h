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
#define HLID_ABI_VERSION 2u
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

/* New fields go at the end. Absent, or 0, is always "the default". Set a field by hand, or by name
 * with hlid_app_settings_set. docs/settings.md says what each one does. Limits are in bytes. */
typedef struct hlid_app_settings {
  size_t struct_size; /* hlid_app_settings_init sets it */
  uint64_t flags;     /* HLID_APP_*; an unknown bit is HLID_E_ARGUMENT */
  /* The Experience Cloud site with its path prefix: "https://acme.my.site.com/shop". Required. */
  hlid_view site;
  /* The consumer key. Required. At most 512. */
  hlid_view client_id;
  /* A callback URL of the app, byte for byte as registered. Required. At most 2,048. */
  hlid_view redirect_uri;
  /* Scopes that are asked for, separated by spaces. Default: none are named, the app's apply. */
  hlid_view scope;
  /* Secret. The consumer secret of a private client; absent makes the client public. */
  hlid_view client_secret;
  /* "client_secret_post", "client_secret_basic", "private_key_jwt" (attestation_key signs) or "none"
   * (RFC 7591). Default: post with a secret. */
  hlid_view token_endpoint_auth_method;
  /* Where login puts user name and password: "body" (default) or "header". */
  hlid_view credentials_placement;
  /* Base64 of the Authorization header at authorize: "standard" (default) or "url_safe". */
  hlid_view basic_alphabet;
  /* Where the token call goes: "site" (default), or "sfdc_community_url" when its origin is the site's. */
  hlid_view token_host;
  /* Where guest puts the UVID at authorize: "header" (default) or "body". */
  hlid_view uvid_placement;
  /* Scheme word before the UVID in named flows: "none" (default) or "scheme". */
  hlid_view uvid_prefix;
  /* JSON object of strings, sent as well with authorize and token; never one of the protocol's own. */
  hlid_view extra_headers;
  hlid_view extra_parameters;
  /* User-Agent of every request. Default "headlessid/<version>". */
  hlid_view user_agent;
  /* A JWKS (JSON) to verify JWT access tokens against; without it and with HLID_APP_VERIFY_JWT the
   * keys are fetched from the site: jwks_path, default "/id/keys". */
  hlid_view jwks;
  hlid_view jwks_path;
  /* Longest time for a whole flow's network time, in ms: 1 to 600,000. Default 30,000. */
  int64_t timeout_ms;
  /* The client only: "auto" (default: HTTP/2 where the server speaks it) or "1.1". */
  hlid_view http_version;
  /* The client only: "http://host:port" or "https://user:password@host:port". Secret. Default none. */
  hlid_view proxy;
  /* The client only: a file of PEM certificates to trust instead of the system's. */
  hlid_view ca_file;
  /* The client only: connections to one host at a time, 1 to 1,024. Default 64. */
  int64_t max_connections;
  /* Secret. PEM of a private RSA key, not encrypted: proves the client in first-party flows. */
  hlid_view attestation_key;
  /* "key" (default), or "host": first-party flows stop at HLID_STEP_SIGN. */
  hlid_view attestation_signer;
  /* aud and sub of the attestation. Default: the site, and client_id. */
  hlid_view attestation_audience;
  hlid_view attestation_subject;
  /* How long a signed JWT is good for, in seconds: 1 to 600. Default 180. */
  int64_t attestation_lifetime_s;
  /* Secret. "id:key id:key ...": 32 bytes in base64url each. The first seals, all open. At most 8. */
  hlid_view seal_keys;
  /* How long a sealed flow can be opened, in seconds: 1 to 86,400. Default 900. */
  int64_t seal_lifetime_s;
  /* The integration user whose token the site may want with registration, passwordless login and
   * forgot password: by a secret (client credentials), or by a key (PEM, secret) and a user name (JWT
   * bearer). The site's default is `site`; the audience's "https://login.salesforce.com". */
  hlid_view integration_client_id;
  hlid_view integration_client_secret;
  hlid_view integration_key;
  hlid_view integration_username;
  hlid_view integration_site;
  hlid_view integration_audience;
} hlid_app_settings;

enum {
  HLID_APP_ALLOW_HTTP_LOOPBACK = 1,        /* http:// for 127.0.0.0/8, ::1 and localhost, for tests */
  HLID_APP_SEND_CODE_CHALLENGE_METHOD = 2, /* send code_challenge_method=S256 beside code_challenge */
  HLID_APP_VERIFY_JWT = 4,                 /* check the signature of JWT access tokens (RS256) */
  HLID_APP_PROXY_FROM_ENVIRONMENT = 8,     /* the client obeys HTTPS_PROXY, ALL_PROXY and NO_PROXY */
  HLID_APP_FIRST_PARTY_REDIRECT_URI = 16,  /* first-party: send redirect_uri with the token call */
  HLID_APP_FIRST_PARTY_RESPONSE_TYPE = 32  /* first-party: send response_type=code with the challenge */
};

/* Zeroes the struct and notes its size: pass sizeof(hlid_app_settings). A smaller size (an older
 * header) works; a larger one is refused by hlid_app_new if it holds anything this library lacks. */
HLID_API void hlid_app_settings_init(hlid_app_settings* settings, size_t struct_size);
/* Sets one field by its name, numbers in decimal, flags by their name in lower case without HLID_APP_
 * with "true" or "false". The value is borrowed until hlid_app_new has returned. */
HLID_API hlid_status hlid_app_settings_set(hlid_app_settings* settings, hlid_view name, hlid_view value, hlid_error** err);

typedef struct hlid_app hlid_app;
/* Checks every setting before anything is sent anywhere: HLID_E_ARGUMENT names the field. An app may
 * be freed while flows and clients made from it live. */
HLID_API hlid_status hlid_app_new(const hlid_app_settings* settings, hlid_app** out, hlid_error** err);
HLID_API void hlid_app_free(hlid_app* app);

/* ---- a flow --------------------------------------------------------------------------------- */

typedef struct hlid_flow hlid_flow;
typedef struct hlid_result hlid_result;

/* A new flow by its name in the catalogue: "guest", "login", "registration", ... */
HLID_API hlid_status hlid_flow_new(const hlid_app* app, hlid_view name, hlid_flow** out, hlid_error** err);
HLID_API void hlid_flow_free(hlid_flow* flow); /* wipes every secret that it held */

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
HLID_API hlid_status hlid_flow_give_no_response(hlid_flow* flow, int32_t left, hlid_view why, hlid_error** err);
/* The same where the host knows what went wrong: reason is one of "no_host", "no_name_server",
 * "no_connection", "untrusted_certificate", "wrong_certificate", "expired_certificate",
 * "bad_certificate", "tls_failed", "proxy_refused", "proxy_failed", "no_descriptors", "stream_refused",
 * "cut_off", "timeout", "no_response" (docs/errors.md). All but the last three mean that nothing left,
 * whatever left says; what does not pass by itself (a certificate, a name, a proxy that refuses) is not
 * tried again. HLID_E_ARGUMENT for another word. */
HLID_API hlid_status hlid_flow_give_fault(hlid_flow* flow, int32_t left, hlid_view reason, hlid_view why, hlid_error** err);

/* ASK (and SHOW with a callback). A value that was wrong is asked for again: hlid_flow_ask_problem
 * then says what was wrong, and is NULL the first time. */
HLID_API hlid_view hlid_flow_ask_name(const hlid_flow* flow);
HLID_API int32_t hlid_flow_ask_secret(const hlid_flow* flow);
HLID_API const hlid_error* hlid_flow_ask_problem(const hlid_flow* flow);
HLID_API hlid_status hlid_flow_give_value(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
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

/* Ends the flow: FAILED with kind STATE, reason "cancelled". Not for a flow that a client runs. */
HLID_API void hlid_flow_cancel(hlid_flow* flow);

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

typedef struct hlid_client_options {
  size_t struct_size;    /* hlid_client_options_init sets it */
  uint64_t flags;        /* none yet */
  int64_t max_in_flight; /* flows at a time; more are HLID_E_STATE. Default 10,000 */
} hlid_client_options;
HLID_API void hlid_client_options_init(hlid_client_options* options, size_t struct_size);

/* Starts the I/O thread. options may be NULL. Every call below is safe from every thread. */
HLID_API hlid_status hlid_client_new(const hlid_app* app, const hlid_client_options* options, hlid_client** out,
                                     hlid_error** err);

/* Runs a flow of the same app until it is DONE or FAILED, or wants what only the host has (ASK, SHOW,
 * SIGN). From HLID_OK until its completion has been taken the flow belongs to the client and no call
 * may touch it. tag: the host's own, unique among its flows in flight. */
enum {
  HLID_START_QUEUE = 0, /* the completion goes to the queue: hlid_client_fd, hlid_client_take */
  HLID_START_WAIT = 1   /* the completion is kept for hlid_client_wait with this tag */
};
HLID_API hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t how, hlid_error** err);

/* One finished or parked flow, handed back: the step is what hlid_flow_next said last. */
typedef struct hlid_completion {
  hlid_flow* flow;
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
 * long as it takes). HLID_OK with out->flow NULL: not yet. HLID_E_STATE: there is no such flow. */
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
