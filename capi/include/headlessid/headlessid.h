/** @file headlessid.h
 * Salesforce's OAuth and Headless Identity flows, for C and for everything that can call C.
 *
 * The shape
 *   hlid_settings  the settings of one client (an external client app or connected app) at one
 *                  Experience Cloud site, by name.
 *   hlid_app       settings that have been checked. Created once, shared by every flow.
 *   hlid_flow      one guest visit, one login, one logout. A state machine that does no I/O, starts
 *                  no thread, reads no clock and never calls you. Ask what it wants (hlid_flow_next),
 *                  do that, report the outcome (hlid_flow_give_*), and ask again, until the step is
 *                  HLID_STEP_DONE or HLID_STEP_FAILED.
 *   hlid_result    what a flow brought: fields by name.
 *   hlid_session   a signed-in user's tokens in a store of yours (Redis, SQL, a file), kept and refreshed
 *                  once among all your processes.
 *   hlid_client    runs flows for you on libcurl, thousands at a time: on the thread of a call that waits, or on
 *                  an I/O thread, with finished ones in a completion queue that has a file descriptor to wait on.
 *   Either a client or your own loop drives a flow; both see the same steps.
 *
 * Memory   What a call puts in an out parameter is yours; free it with its *_free, which accepts
 *          NULL. What you pass in is copied. A view that you get is borrowed: it ends with the next
 *          call that takes the same handle without const, or with the handle.
 * Text     UTF-8 with a length. {NULL, 0} is absent, {"", 0} is empty. What you pass in needs no NUL at its end; every
 *          view that you get has one after its last byte, so that its data is a C string (of all its text, unless a
 *          NUL is part of that: compare strlen with the size).
 * Getters  A getter of another step, or of NULL, gives absent, 0 or NULL.
 * Secrets  Passwords, tokens, codes, verifiers and client secrets are wiped from memory when their
 *          handle is freed, and never appear in messages, hints or traces. What you copy out is yours to wipe.
 * Threads  Calls that take a handle as const may overlap; any other call needs the handle to itself and
 *          returns HLID_E_STATE when it is in use (a flow), or is safe from every thread (a client, and
 *          hlid_flow_cancel and hlid_flow_free). Calls work on any thread with at least 64 KiB of stack.
 *          There is no global state.
 * Failure  HLID_OK or an HLID_E_*. On failure *err is set if err is not NULL; on success it is left
 *          alone. ARGUMENT and STATE leave the handle as it was; any other error ends the flow, and
 *          every later call reports the same. Running out of memory ends the process.
 * Fork     After fork() the child may free handles; a client used there returns HLID_E_STATE.
 *
 * A guest visit, with a profile such as {"site": "https://acme.my.site.com", "client_id": "3MVG9...", "redirect_uri": "..."}:
 *
 * @code
 * #include <headlessid/headlessid.h>
 * #include <stdio.h>
 * int main(int argc, char** argv) {
 *   hlid_settings* settings = hlid_settings_new();
 *   hlid_app* app = NULL; hlid_client* client = NULL; hlid_flow* flow = NULL; hlid_error* err = NULL; hlid_step step = 0;
 *   int good = hlid_settings_set_json(settings, hlid_str(argv[argc - 1]), &err) == HLID_OK &&
 *     hlid_app_new(settings, &app, &err) == HLID_OK && hlid_client_new(app, 0, &client, &err) == HLID_OK &&
 *     hlid_flow_new(app, hlid_str("guest"), &flow, &err) == HLID_OK && hlid_client_run(client, flow, &step, &err) == HLID_OK;
 *   if (step == HLID_STEP_DONE) puts(hlid_result_get(hlid_flow_result(flow), hlid_str("uvid")).data);
 *   else puts(hlid_error_message(good ? hlid_flow_error(flow) : err).data);
 *   hlid_error_free(err), hlid_flow_free(flow), hlid_client_free(client), hlid_app_free(app), hlid_settings_free(settings);
 *   return step != HLID_STEP_DONE; }
 * @endcode
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

/** The version of this header, for the preprocessor. @since 0.1 */
#define HLID_VERSION_MAJOR 0
/** See HLID_VERSION_MAJOR. @since 0.1 */
#define HLID_VERSION_MINOR 1
/** See HLID_VERSION_MAJOR. @since 0.1 */
#define HLID_VERSION_PATCH 0
/** The same as text. @since 0.1 */
#define HLID_VERSION_STRING "0.1.0"

/** Rises when something here changes or goes; additions leave it alone. Bindings compare it when they load the library. @since
 * 0.1 */
#define HLID_ABI_VERSION 3u
/** The HLID_ABI_VERSION that the library was built with. @since 0.1 */
HLID_API uint32_t hlid_abi_version(void);

/** Bytes that belong to someone else. @since 0.1 */
typedef struct hlid_view {
  const char* data; /**< NULL: absent */
  size_t size;      /**< in bytes */
} hlid_view;

/** A view of a NUL-terminated string; NULL gives an absent view. @since 0.1 */
HLID_API hlid_view hlid_str(const char* text);

/** The library's version, for people: "0.1.0". Lives as long as the library. @since 0.1 */
HLID_API hlid_view hlid_version(void);

/** 1 if this build has the client; 0 if not (HLID_CLIENT=OFF), and then hlid_client_new says so. @since 0.1 */
HLID_API int32_t hlid_has_client(void);

/** The catalogue as JSON: every setting of an app, and every flow with its parameters, its questions and its result:
 * what docs/flows shows, for programs. Lives as long as the library. @since 0.1 */
HLID_API hlid_view hlid_catalogue(void);

/* ---- status and errors ---------------------------------------------------------------------- */

/** HLID_OK, or the kind of an error. Never renumbered, never reused. @since 0.1 */
typedef int32_t hlid_status;
enum {
  HLID_OK = 0,          /**< it worked */
  HLID_E_ARGUMENT = 1,  /**< the caller's bug: a bad value; hlid_error_field names it */
  HLID_E_STATE = 2,     /**< the caller's bug: the handle is not ready for this call; or it was cancelled or closed */
  HLID_E_TRANSPORT = 3, /**< no response was received, and the flow has stopped trying */
  HLID_E_PROTOCOL = 4,  /**< a response broke the protocol or failed a check */
  HLID_E_REFUSED = 5    /**< the server said no: hlid_error_server_code */
};

/** What to do about an error. Never renumbered, never reused. @since 0.1 */
typedef int32_t hlid_advice;
enum {
  HLID_ADVICE_NONE = 0,          /**< nothing that a program can do */
  HLID_ADVICE_FIX_ARGUMENT = 1,  /**< change the value named by hlid_error_field */
  HLID_ADVICE_ASK_AGAIN = 2,     /**< ask the person again: wrong password, wrong OTP */
  HLID_ADVICE_RESTART = 3,       /**< start a new flow of the same kind */
  HLID_ADVICE_SIGN_IN_AGAIN = 4, /**< the session is over */
  HLID_ADVICE_RETRY_LATER = 5,   /**< the same call may work later: hlid_error_retry_after_ms */
  HLID_ADVICE_FIX_ORG = 6        /**< an admin has to change a setting: hlid_error_hint names it */
};

/** Why a call failed, or a flow did. @since 0.1 */
typedef struct hlid_error hlid_error;

/** The status that the call returned. @since 0.1 */
HLID_API hlid_status hlid_error_kind(const hlid_error* err);
/** What to do about it. @since 0.1 */
HLID_API hlid_advice hlid_error_advice(const hlid_error* err);
/** "ARGUMENT", "REFUSED", ...: the kind without its prefix. @since 0.1 */
HLID_API hlid_view hlid_error_kind_name(const hlid_error* err);
/** "FIX_ORG", "RESTART", ...: the advice without its prefix. @since 0.1 */
HLID_API hlid_view hlid_error_advice_name(const hlid_error* err);
/** One word that stays the same between releases: "invalid_credentials", "not_headless", "state_mismatch". docs/errors.md
 * lists all of them. @since 0.1 */
HLID_API hlid_view hlid_error_reason(const hlid_error* err);
/** One line for people: what was wrong. Contains no secret. @since 0.1 */
HLID_API hlid_view hlid_error_message(const hlid_error* err);
/** With FIX_ORG: the setting as Setup shows it and as the Metadata API names it. Usually absent otherwise. @since 0.1 */
HLID_API hlid_view hlid_error_hint(const hlid_error* err);
/** With ARGUMENT and FIX_ARGUMENT: the setting or parameter that was wrong. @since 0.1 */
HLID_API hlid_view hlid_error_field(const hlid_error* err);
/** The server's own error code ("invalid_grant"); absent where the server sent none. For logs: neither this nor any other text
 * of an error reveals whether the user or the password was wrong. @since 0.1 */
HLID_API hlid_view hlid_error_server_code(const hlid_error* err);
/** The server's own words, escaped, on one line, at most 300 bytes; absent where the server sent none. @since 0.1 */
HLID_API hlid_view hlid_error_server_text(const hlid_error* err);
/** The status of the HTTP response that the error is about, or 0. @since 0.1 */
HLID_API int32_t hlid_error_http_status(const hlid_error* err);
/** 1 if a single-use request may have reached the server and no complete response was received. @since 0.1 */
HLID_API int32_t hlid_error_outcome_unknown(const hlid_error* err);
/** How long the server asks to wait, in ms, or -1. @since 0.1 */
HLID_API int64_t hlid_error_retry_after_ms(const hlid_error* err);
/** Leaves an error that belongs to a flow alone. @since 0.1 */
HLID_API void hlid_error_free(hlid_error* err);

/* ---- settings and app ----------------------------------------------------------------------- */

/** Settings by name, as docs/settings.md and the catalogue list them. @since 0.1 */
typedef struct hlid_settings hlid_settings;

/** Every setting at its default. Never NULL. @since 0.1 */
HLID_API hlid_settings* hlid_settings_new(void);
/** Sets one by its name: numbers in decimal, "true" and "false", lists separated by spaces. The last value counts; an
 * absent one restores the default. Checks the name and the value: HLID_E_ARGUMENT, with the name as the field. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_settings_set(hlid_settings* settings, hlid_view name, hlid_view value, hlid_error** err);
/** Sets those that a JSON object (a profile) names, or none of them: strings, numbers, true and false, objects for settings
 * that are JSON, arrays of strings for lists, null for an absent value. The member `probed`, which the command records in a
 * profile, is ignored. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_settings_set_json(hlid_settings* settings, hlid_view json, hlid_error** err);
/** Wipes every secret that they hold. Apps made from them live on. @since 0.1 */
HLID_API void hlid_settings_free(hlid_settings* settings);

/** Settings that have been checked. @since 0.1 */
typedef struct hlid_app hlid_app;

/** Checks the settings together: HLID_E_ARGUMENT names one that is missing, or does not fit the others. The settings may
 * then be freed, or changed and used again. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_app_new(const hlid_settings* settings, hlid_app** out, hlid_error** err);
/** Also while flows and clients made from it live. @since 0.1 */
HLID_API void hlid_app_free(hlid_app* app);

/* ---- a flow --------------------------------------------------------------------------------- */

/** One guest visit, one login, one logout. @since 0.1 */
typedef struct hlid_flow hlid_flow;
/** What a flow brought. @since 0.1 */
typedef struct hlid_result hlid_result;

/** A new flow by its name in the catalogue: "guest", "login", "registration", ... HLID_E_ARGUMENT names a setting that the
 * flow needs and the app lacks, or `site` if the flow cannot use such a host. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_new(const hlid_app* app, hlid_view name, hlid_flow** out, hlid_error** err);
/** From any thread; wipes every secret that the flow held. A flow in use, by a call on another thread or by a client, is
 * cancelled, and freed when the call or the client lets go of it: the client's completion then has the tag, and NULL for
 * the flow. @since 0.1 */
HLID_API void hlid_flow_free(hlid_flow* flow);

/** The flow's name in the catalogue. @since 0.1 */
HLID_API hlid_view hlid_flow_name(const hlid_flow* flow);

/** Sets a parameter by its name in the catalogue, before the first hlid_flow_next. At ASK also one that is single-use
 * (recaptcha), was not set, or may not have fitted into a ticket (userdata): it applies to what is sent next. An absent value
 * is the same as not setting it. A rejected value leaves the flow as it was. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_set(hlid_flow* flow, hlid_view parameter, hlid_view value, hlid_error** err);
/** Overrides the app's timeout_ms for this flow, before the first hlid_flow_next. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_set_timeout_ms(hlid_flow* flow, int64_t timeout_ms, hlid_error** err);
/** Keeps a transcript of every exchange, with secrets as dots. Before the first hlid_flow_next. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_set_trace(hlid_flow* flow, int32_t on, hlid_error** err);
/** The transcript so far; empty unless hlid_flow_set_trace switched it on. Lines end with '\n'. @since 0.1 */
HLID_API hlid_view hlid_flow_trace(const hlid_flow* flow);
/** Keeps a record of what the flow does, for logs, metrics and spans. Before the first hlid_flow_next. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_set_events(hlid_flow* flow, int32_t on, hlid_error** err);
/** The events so far, a JSON object a line, each line with its '\n': nothing in them is secret or says who the user is. Empty
 * unless hlid_flow_set_events switched them on. Each has `event`, `flow` (its name), `started_at_ms` and `ms`, by the host's
 * clock. request  one HTTP request: request (its name), method, host, status (absent: no response), attempt (from 1), reason (why
 * there was no whole response, or "") store    one operation of the session store: operation (load, save, delete, lock, unlock),
 * outcome (done, not_done, found, not_found, fault) flow     the end: outcome (done, failed); if it failed kind, advice, reason;
 * of a session's token that was due refreshed_by: "this" flow, or "another" one, of any process Members and events may be added.
 * @since 0.1 */
HLID_API hlid_view hlid_flow_events(const hlid_flow* flow);

/** What a flow wants. A kind of step added later is only used by flows that did not exist before it. @since 0.1 */
typedef int32_t hlid_step;
enum {
  HLID_STEP_SEND = 1,   /**< send hlid_flow_request_*; then give_header..., give_response or give_no_response */
  HLID_STEP_ASK = 2,    /**< get hlid_flow_ask_name from a person; then give_value */
  HLID_STEP_SHOW = 3,   /**< show hlid_flow_show_url; then give_value if hlid_flow_ask_name is present */
  HLID_STEP_SIGN = 4,   /**< sign hlid_flow_sign_input with hlid_flow_sign_algorithm; then give_value("signature") */
  HLID_STEP_WAIT = 5,   /**< call next again when the time is hlid_flow_wait_until_ms */
  HLID_STEP_DONE = 6,   /**< hlid_flow_result */
  HLID_STEP_FAILED = 7, /**< hlid_flow_error */
  HLID_STEP_STORE = 8   /**< sessions alone: hlid_flow_store_*; then give_stored, give_store_done or give_store_fault */
};
/** "SEND", "ASK", ...; "UNKNOWN" for any other number. Lives as long as the library. @since 0.1 */
HLID_API hlid_view hlid_step_name(hlid_step step);

/** What the flow wants now. now_ms: milliseconds since 1970 (UTC); any value is safe. The first call checks the parameters
 * together: HLID_E_ARGUMENT then leaves the flow open for hlid_flow_set. Idempotent until something is given; but at a SHOW that
 * asks for nothing, the next call says that the page was shown. (Where a client stopped there, the first call says SHOW again,
 * and running the flow again says that the page was shown.) @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_next(hlid_flow* flow, int64_t now_ms, hlid_step* out, hlid_error** err);

/* SEND: one HTTP request. Do not follow redirects, send or keep cookies, or add authentication. Send the headers as they
 * are, and no other semantically relevant headers. */

/** "authorize", "token", ... @since 0.1 */
HLID_API hlid_view hlid_flow_request_name(const hlid_flow* flow);
/** "POST" or "GET". @since 0.1 */
HLID_API hlid_view hlid_flow_request_method(const hlid_flow* flow);
/** The whole address. @since 0.1 */
HLID_API hlid_view hlid_flow_request_url(const hlid_flow* flow);
/** How many headers to send. @since 0.1 */
HLID_API size_t hlid_flow_request_header_count(const hlid_flow* flow);
/** The name of one of them. @since 0.1 */
HLID_API hlid_view hlid_flow_request_header_name(const hlid_flow* flow, size_t index);
/** Its value, which may be secret. @since 0.1 */
HLID_API hlid_view hlid_flow_request_header_value(const hlid_flow* flow, size_t index);
/** The body, which is secret; absent if there is none. @since 0.1 */
HLID_API hlid_view hlid_flow_request_body(const hlid_flow* flow);
/** 1 if this request may be sent again after it may have been sent; 0 if it is single-use. The flow itself asks for each
 * repetition with a new SEND; a host and its HTTP stack never repeat a request. @since 0.1 */
HLID_API int32_t hlid_flow_request_retry_safe(const hlid_flow* flow);
/** 1 where the server is known to want HTTP/2 (the guest token call). @since 0.1 */
HLID_API int32_t hlid_flow_request_prefers_http2(const hlid_flow* flow);
/** When the flow's time is over, by the clock given to next; in every step. 0 before the first next. @since 0.1 */
HLID_API int64_t hlid_flow_deadline_ms(const hlid_flow* flow);

/** One header of the response, before give_response, in order; a repeated one each time. At most 256 headers and 64 KiB in
 * all; more end the flow (PROTOCOL). @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_header(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/** A complete response was received. http_version: 10, 11, 20, 30, or 0 if not known. At most 1 MiB of body. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_response(hlid_flow* flow, int32_t http_status, int32_t http_version,
                                                            hlid_view body, hlid_error** err);
/* Whether a byte of the request may have reached the server. */
enum {
  HLID_NOT_SENT = 1,  /**< no: the name is unknown, no connection, TLS not completed, stream refused */
  HLID_MAYBE_SENT = 2 /**< yes, or not known */
};
/** No complete response was received, and the host has given up. sent: HLID_NOT_SENT or HLID_MAYBE_SENT. why: one line for
 * people, without secrets, or absent. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_no_response(hlid_flow* flow, int32_t sent, hlid_view why, hlid_error** err);
/** The same where the host knows what went wrong: reason is one of "no_host", "no_name_server", "no_connection",
 * "untrusted_certificate", "wrong_certificate", "expired_certificate", "bad_certificate", "tls_failed", "proxy_refused",
 * "proxy_failed", "no_descriptors", "stream_refused", "cut_off", "timeout", "no_response" (docs/errors.md). All but the last
 * three mean that nothing was sent, whatever `sent` says; the flow does not try again after a fault that lasts (a certificate,
 * a name, a proxy that refuses). HLID_E_ARGUMENT for any other word. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_fault(hlid_flow* flow, int32_t sent, hlid_view reason, hlid_view why,
                                                         hlid_error** err);

/* ASK, and SHOW with a callback. A value that was wrong is asked for again. */

/** The name of the value: "otp", "password", "callback_url", ... @since 0.1 */
HLID_API hlid_view hlid_flow_ask_name(const hlid_flow* flow);
/** 1 if the value is secret, and should not be shown while it is typed. @since 0.1 */
HLID_API int32_t hlid_flow_ask_secret(const hlid_flow* flow);
/** What was wrong with the last value; NULL the first time. @since 0.1 */
HLID_API const hlid_error* hlid_flow_ask_problem(const hlid_flow* flow);
/** The value: ASK, SHOW with a callback, and SIGN ("signature"). A rejected value leaves the flow as it was. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_value(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/** A value before the flow asks for it. At the question of that name it is the same as hlid_flow_give_value. Otherwise the flow
 * keeps it, never in a ticket, and uses it at that question; but at a question that has a problem it drops all that it keeps,
 * and stops. HLID_E_ARGUMENT for a name that the flow never asks for. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_offer(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err);
/** ASK, SHOW and SIGN: the host has no value to give. The flow ends as FAILED, kind STATE, reason "signing_failed" at SIGN,
 * "no_value" at ASK and SHOW. why: one line for people, without secrets, or absent. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_nothing(hlid_flow* flow, hlid_view why, hlid_error** err);
/** At ASK, instead of a value: sends the message again, with the flow's parameters. HLID_E_STATE where the flow does not wait
 * for a message ("resends" in the catalogue), and, with reason "single_use_spent", where a reCAPTCHA token was used and no new
 * one has been set: the flow then still asks. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_resend(hlid_flow* flow, hlid_error** err);

/** SHOW: the address to open in a browser. @since 0.1 */
HLID_API hlid_view hlid_flow_show_url(const hlid_flow* flow);
/** SHOW: a code for a person to type at hlid_flow_show_verification_uri; absent where the address is all. @since 0.1 */
HLID_API hlid_view hlid_flow_show_code(const hlid_flow* flow);
/** SHOW, where there is a code: the address without it, for people to type. hlid_flow_show_url has the code filled in, for a
 * link or a QR code. @since 0.1 */
HLID_API hlid_view hlid_flow_show_verification_uri(const hlid_flow* flow);
/** SIGN: "RS256". @since 0.1 */
HLID_API hlid_view hlid_flow_sign_algorithm(const hlid_flow* flow);
/** SIGN: the bytes to sign. @since 0.1 */
HLID_API hlid_view hlid_flow_sign_input(const hlid_flow* flow);
/** WAIT: when to call hlid_flow_next again. @since 0.1 */
HLID_API int64_t hlid_flow_wait_until_ms(const hlid_flow* flow);

/* STORE: one operation of the host's session store. Sealed bytes go in and out; only the version and the time to live can be
 * read there. A store keeps one promise: `save` and `delete` compare the version and act in one atomic step. A store's own
 * failure is a fault, never "done" and never "nothing found". */

/** What the store is to do. Never renumbered. @since 0.1 */
typedef int32_t hlid_store_operation;
enum {
  HLID_STORE_LOAD = 1, /**< read value and version under the key; then give_stored */
  HLID_STORE_SAVE = 2, /**< put value and new_version, only if `version` is there (absent: only if nothing is); give_store_done */
  HLID_STORE_DELETE = 3, /**< remove it, only if `version` is there; give_store_done */
  HLID_STORE_LOCK = 4,   /**< take the key's lock for `owner` and ttl_ms, if no other owner holds it; give_store_done */
  HLID_STORE_UNLOCK = 5  /**< give it back, if `owner` holds it; give_store_done */
};
/** STORE: which of them; 0 in another step. @since 0.1 */
HLID_API hlid_store_operation hlid_flow_store_operation(const hlid_flow* flow);
/** STORE: the session's key, any bytes, at most 512. @since 0.1 */
HLID_API hlid_view hlid_flow_store_key(const hlid_flow* flow);
/** SAVE: the record, sealed: any bytes, at most 64 KiB. @since 0.1 */
HLID_API hlid_view hlid_flow_store_value(const hlid_flow* flow);
/** SAVE, DELETE: the version that must be there; absent: there must be none. @since 0.1 */
HLID_API hlid_view hlid_flow_store_version(const hlid_flow* flow);
/** SAVE: the version to put with the value: letters, digits and hyphens, at most 64. @since 0.1 */
HLID_API hlid_view hlid_flow_store_new_version(const hlid_flow* flow);
/** SAVE: how long to keep the record. LOCK: how long until the lock is free again. In milliseconds. @since 0.1 */
HLID_API int64_t hlid_flow_store_ttl_ms(const hlid_flow* flow);
/** LOCK, UNLOCK: who holds it: letters, digits and hyphens, at most 64. @since 0.1 */
HLID_API hlid_view hlid_flow_store_owner(const hlid_flow* flow);
/** LOAD: what is there. found 0: nothing, and version and value do not count. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_stored(hlid_flow* flow, int32_t found, hlid_view version, hlid_view value,
                                                          hlid_error** err);
/** SAVE, DELETE, LOCK, UNLOCK: done 1: it did. done 0: another version is there; another owner holds the lock. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_store_done(hlid_flow* flow, int32_t done, hlid_error** err);
/** The store failed, or cannot be reached, and it may have done what it was asked or not. why: one line for people, without
 * secrets, or absent. The flow looks again, or goes on with what it has; it may fail with the reason "store_fault". @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_give_store_fault(hlid_flow* flow, hlid_view why, hlid_error** err);

/** From any thread. HLID_OK: the flow ends as FAILED, kind STATE, reason "cancelled": the next hlid_flow_next says so, or the
 * client that runs the flow hands it back so; what other threads have read of the flow stays valid until then. HLID_E_STATE,
 * reason "ended": it had ended. @since 0.1 */
HLID_API hlid_status hlid_flow_cancel(hlid_flow* flow, hlid_error** err);

/** DONE: borrowed, as long as the flow. @since 0.1 */
HLID_API const hlid_result* hlid_flow_result(const hlid_flow* flow);
/** FAILED: borrowed, as long as the flow. @since 0.1 */
HLID_API const hlid_error* hlid_flow_error(const hlid_flow* flow);

/** A field by its name in the catalogue; absent where the server sent none. Numbers in decimal. @since 0.1 */
HLID_API hlid_view hlid_result_get(const hlid_result* result, hlid_view name);
/** How many fields there are. @since 0.1 */
HLID_API size_t hlid_result_count(const hlid_result* result);
/** The name of one of them. @since 0.1 */
HLID_API hlid_view hlid_result_name(const hlid_result* result, size_t index);
/** Its value. @since 0.1 */
HLID_API hlid_view hlid_result_value(const hlid_result* result, size_t index);

/* ---- sessions -------------------------------------------------------------------------------- */

/** The sessions of one app in one store, as this process knows them. From every thread. @since 0.1 */
typedef struct hlid_sessions hlid_sessions;
/** keys: those under which the records are sealed, words of the form id:key as in the setting session_keys; absent: that setting.
 * HLID_E_ARGUMENT, field "session_keys", if they are not valid; HLID_E_STATE, "no_session_keys", if there are none. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_sessions_new(const hlid_app* app, hlid_view keys, hlid_sessions** out, hlid_error** err);
/** Also while sessions that were made from it live. @since 0.1 */
HLID_API void hlid_sessions_free(hlid_sessions* sessions);

/** One session in the host's store, as this process knows it: its key, and the access token that came last. Any number of handles
 * may be about one key; each has a token of its own. @since 0.1 */
typedef struct hlid_session hlid_session;

/** Asks nothing and checks nothing of the store. key: any bytes, 1 to 512. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_session_new(const hlid_sessions* sessions, hlid_view key, hlid_session** out,
                                                     hlid_error** err);
/** Also while flows that were made from it live. Wipes the token. @since 0.1 */
HLID_API void hlid_session_free(hlid_session* session);
/** The access token, if this process has one that needs no look at the store: it came, or was looked at, less than
 * session_cache_ms ago, is not due to be refreshed and lasts for min_ttl_ms. Copies it without a NUL and returns its size; 0:
 * run the flow "token". A size above capacity: nothing was copied, and a larger buffer is needed. From every thread; takes well
 * under a microsecond. The copy is yours to wipe.
 * min_ttl_ms below 0, such as -10000: also a token that is due, if it lasts for those 10 seconds: for a host that hands it out at
 * once and runs "token" in the background. @since 0.1 */
HLID_API size_t hlid_session_token(const hlid_session* session, int64_t now_ms, int64_t min_ttl_ms, char* out, size_t capacity);
/** A flow of this session, by its name: "begin" (parameter tokens: a sign-in's result as JSON), "token" (min_ttl_ms), "rejected"
 * (access_token: the one that an API refused; min_ttl_ms), "guest" (min_ttl_ms, scope), "end". Run it as any other; it also stops
 * at STORE. What it brings is what hlid_session_token gives from then on.
 * Let such a flow come to its end: one that is cancelled or freed between a refresh's SEND and the next SAVE loses the session,
 * and one that is cancelled elsewhere leaves its lock until that times out. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_session_flow_new(const hlid_session* session, hlid_view name, hlid_flow** out,
                                                          hlid_error** err);

/** A store in this process's memory: for a program of one process, and for tests. What it holds ends with it. @since 0.1 */
typedef struct hlid_memory_store hlid_memory_store;

/** An empty one. @since 0.1 */
HLID_API hlid_memory_store* hlid_memory_store_new(void);
/** No other call may be running. @since 0.1 */
HLID_API void hlid_memory_store_free(hlid_memory_store* store);
/** At STORE: does what the flow asks, and hands the outcome back. HLID_E_STATE in another step. From every thread, for any
 * number of flows, apps and sessions. now_ms: the clock by which records and locks end. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_memory_store_serve(hlid_memory_store* store, hlid_flow* flow, int64_t now_ms,
                                                            hlid_error** err);

/* ---- a parked flow travels ------------------------------------------------------------------- */

/** At ASK and SHOW: the flow as text (a ticket) that any process can resume whose app has the same site, client_id and
 * seal_keys. At a WAIT of the flow's own the ticket opens at the page that was shown before. At most 3,072 characters of
 * base64url, AES-256-GCM, valid for seal_lifetime_s; secret, but unreadable without the key. The flow itself goes on and may
 * still be used: a host that uses both sends what is single-use twice, and the server refuses the second. What does not fit is
 * left out: a guest's token (its UVID stays), a registration's userdata, customdata and password (set them again before a
 * resend); recaptcha and integration_token are never kept.
 * binding: the host's own session, or whatever else the ticket must not leave; absent or empty: none.
 * *out is borrowed until the next call that takes the flow without const. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_seal(hlid_flow* flow, hlid_view binding, int64_t now_ms, hlid_view* out,
                                                   hlid_error** err);
/** A new flow from a ticket: hlid_flow_next then asks what the sealed flow asked. HLID_E_ARGUMENT, reason "ticket_refused", for
 * everything that can be wrong with a ticket, its age included; HLID_E_STATE, reason "other_session", if only the binding
 * differs.
 * name: the flow that the caller goes on with; absent: any. A ticket of another flow, with the right binding, is HLID_E_STATE,
 * reason "other_flow". @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_flow_unseal(const hlid_app* app, hlid_view name, hlid_view ticket, hlid_view binding,
                                                     int64_t now_ms, hlid_flow** out, hlid_error** err);
/** 32 hex digits, different for each sealing: of the ticket that was sealed last, or that this flow was opened from; absent if
 * there is none. Mark it as used in a store to have each ticket opened only once. @since 0.1 */
HLID_API hlid_view hlid_flow_ticket_id(const hlid_flow* flow);

/* ---- the client ----------------------------------------------------------------------------- */

/** Runs flows on libcurl. Every call but hlid_client_free is safe from every thread.
 * One thread at a time does all the work: a call that waits (hlid_client_run, hlid_client_wait, hlid_client_wait_any) if no other
 * thread is at it, until what it waits for is there; then the next call that waits. An I/O thread does it only where flows are in
 * flight that no call may wait for, and no call does it; it starts with the first such flow and ends a second after the last. A
 * call that works leaves the host's signals to other threads except while it sleeps, and never raises SIGPIPE. @since 0.1 */
typedef struct hlid_client hlid_client;

/** Starts no thread. max_in_flight: flows at a time, 1 to 1,000,000, 0 for 10,000; one more is HLID_E_STATE. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_client_new(const hlid_app* app, int64_t max_in_flight, hlid_client** out,
                                                    hlid_error** err);
/** The same for a host with a loop of its own (asyncio, libuv, a loop over epoll): it watches hlid_client_fd for reading, and
 * calls hlid_client_turn and then hlid_client_take whenever that is readable. All work is done in that call: no thread, nothing
 * that crosses threads. Only HLID_START_QUEUE; calls that wait are HLID_E_ARGUMENT. HLID_E_STATE, reason "no_client", on a system
 * without epoll. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_client_new_driven(const hlid_app* app, int64_t max_in_flight, hlid_client** out,
                                                           hlid_error** err);
/** Does what is due, on this thread, and never waits. At most max_bytes are read and max_requests are begun or ended (0: 64 KiB,
 * 8); nothing more is begun after 0.4 ms. A new connection's TLS handshake may take longer, and so may many requests that have
 * waited for it. 1: more is due, and the descriptor stays readable; 0: not now, or the client is not a driven one. One thread at
 * a time: where another is in this call it does nothing. @since 0.1 */
HLID_API int32_t hlid_client_turn(hlid_client* client, int64_t max_bytes, int64_t max_requests);

/* How a flow that a client runs is handed back. */
enum {
  HLID_START_QUEUE = 0,    /**< the completion goes to the queue: hlid_client_fd, hlid_client_take */
  HLID_START_WAIT = 1,     /**< the completion is kept for hlid_client_wait with this tag */
  HLID_START_ATTENDED = 2, /**< the same, for a host that waits at once: the flow moves only while some call waits on this client,
                             so that it needs no I/O thread; its time goes on meanwhile */
  HLID_START_ANY = 3       /**< the completion goes to the queue, for a host with a thread that always comes back to
                              hlid_client_wait_any: the flow moves only while some call waits on this client, as with ATTENDED;
                              hlid_client_fd does not tell of it */
};
/** Runs a flow of the same app until it is DONE or FAILED, or wants what only the host has (ASK, SHOW, SIGN, STORE). From HLID_OK
 * until its completion has been taken the flow belongs to the client: call only hlid_flow_cancel and hlid_flow_free. tag: the
 * host's own, unique among its flows in flight. HLID_E_STATE, reason "no_client", where the I/O thread could not be made.
 * @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_client_start(hlid_client* client, hlid_flow* flow, uint64_t tag, int32_t how,
                                                      hlid_error** err);

/** One finished or parked flow, handed back. @since 0.1 */
typedef struct hlid_completion {
  hlid_flow* flow;  /**< NULL: the host freed it while the client had it */
  uint64_t tag;     /**< the one that it was started with */
  hlid_step step;   /**< what hlid_flow_next said last */
  int32_t reserved; /**< 0 */
} hlid_completion;

/** Readable whenever the queue may hold what was started with HLID_START_QUEUE; of a driven client, whenever hlid_client_turn has
 * something to do, or a completion was left in the queue. Poll it; do not read or close it. -1 in a child process. @since 0.1 */
HLID_API int hlid_client_fd(const hlid_client* client);
/** Takes up to capacity completions from the queue and returns their number. Never waits. When the queue is empty the
 * descriptor is unreadable. @since 0.1 */
HLID_API size_t hlid_client_take(hlid_client* client, hlid_completion* out, size_t capacity);
/** Waits until the queue holds something, at most timeout_ms (-1: without a limit), and takes up to capacity completions: of
 * HLID_START_ANY and of HLID_START_QUEUE. Several threads may wait; each completion goes to one. 0: none came in time, or the
 * client is closed and none is left, so that `while ((count = hlid_client_wait_any(client, -1, out, 64)) > 0)` is all that a
 * thread for completions does. At once 0 for a driven client and in a child process. @since 0.1 */
HLID_API size_t hlid_client_wait_any(hlid_client* client, int64_t timeout_ms, hlid_completion* out, size_t capacity);
/** Waits for the flow that was started with HLID_START_WAIT and this tag, at most timeout_ms (-1: without a limit). HLID_OK
 * with out->step 0: not yet. HLID_E_STATE: there is no such flow. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_client_wait(hlid_client* client, uint64_t tag, int64_t timeout_ms, hlid_completion* out,
                                                     hlid_error** err);
/** Both in one call: starts the flow and waits for it; *step is the last. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_client_run(hlid_client* client, hlid_flow* flow, hlid_step* step, hlid_error** err);
/** Flows that were started and whose completion has not been taken. @since 0.1 */
HLID_API size_t hlid_client_in_flight(const hlid_client* client);
/** Ends every flow in flight exactly once (FAILED, STATE, reason "closed"), ends the I/O thread if there is one and returns;
 * completions can still be taken. Safe to call twice, and while other calls run. @since 0.1 */
HLID_API void hlid_client_close(hlid_client* client);
/** Closes, and frees the flows whose completion was not fetched. No other call may be running. @since 0.1 */
HLID_API void hlid_client_free(hlid_client* client);

#ifdef __cplusplus
}
#endif
#endif
