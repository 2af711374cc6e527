/** @file org.h
 * The org's side: its configuration as files of the Metadata API, written, checked and explained.
 *
 * Requests and responses are JSON; docs/org.md describes their members. The calls open no file and no connection, and may
 * overlap on any threads. What a request's files hold is not wiped from memory: leave out files with consumer secrets, or
 * run the check in a process of its own. No finding shows a secret.
 */
#ifndef HEADLESSID_ORG_H
#define HEADLESSID_ORG_H

#include "headlessid/headlessid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A text that a call made. @since 0.1 */
typedef struct hlid_text hlid_text;
/** Its bytes, with a NUL behind the last one; as long as the text lives. @since 0.1 */
HLID_API hlid_view hlid_text_get(const hlid_text* text);
/** Accepts NULL. @since 0.1 */
HLID_API void hlid_text_free(hlid_text* text);

/** 1 if this build has the org's side; 0 if not (HLID_ORG=OFF): then each call below is HLID_E_STATE, reason "no_org_part".
 * @since 0.1 */
HLID_API int32_t hlid_has_org(void);

/** Reads files (a folder's or a zip's) and says of every app and flow whether it works, and what to change. HLID_E_ARGUMENT for
 * a request that is wrong, not for files that are: those are findings.
 * {"files": [{"path", "text" or "base64"}] or "zip_base64", "flows": [...], "client": "public" or "private", "api_version"}
 * gives {"apps": [{"name", "kind", "flows": [...]}], "findings": [...], ...}. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_org_lint(hlid_view request, hlid_text** out, hlid_error** err);

/** Writes the files that an org needs for an app and its flows, with SETUP.md for people.
 * {"name", "label", "kind", "client", "flows": [...], "redirect_uris": [...], "contact_email", ...} gives
 * {"files": [{"path", "text"}], "notes": [...]}, in the format mdapi also "zip_base64". @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_org_generate(hlid_view request, hlid_text** out, hlid_error** err);

/** What a word means: a setting, an element or type of the Metadata API, a flow, a scope, a rule of the linter, a reason or an
 * error code of a server. {"word"} gives {"entries": [...], "nearest": [...]}. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_org_explain(hlid_view request, hlid_text** out, hlid_error** err);

/** What to ask a live site, and what follows from its responses. {"flows": [...], "client": "public" or "private", "scope",
 * "has": [...], "observations": {question: {...}}} gives {"questions": [...], "facts": [...], "settings": [...], "prevents"}.
 * The caller runs each question's flow with hlid_flow_new; those that are named inquiry_... are in no catalogue. @since 0.1 */
HLID_NODISCARD HLID_API hlid_status hlid_org_doctor(hlid_view request, hlid_text** out, hlid_error** err);

#ifdef __cplusplus
}
#endif
#endif
