// Parameters and result fields that more than one flow has.
#pragma once

#include "base/limits.h"
#include "oauth/description.h"

namespace hlid {

// Maxima in bytes. A flow that waits for a person must fit into a cookie (engine/ticket.h), even with the longest values it
// keeps.
inline constexpr size_t kMaxFlowScope = 512;
inline constexpr size_t kMaxCustomdata = 512;     // in a form, and in a flow that may wait
inline constexpr size_t kMaxUserdata = 8 * 1024;  // what a registration sends once
inline constexpr size_t kMaxEmailTemplate = 64;
inline constexpr size_t kMaxRecaptcha = 8 * 1024;
inline constexpr size_t kMaxOtp = 256;          // 64 characters
inline constexpr size_t kMaxPassword = 16'000;  // what Salesforce's own mobile SDKs allow

// The same parameter, left out of a sealed flow if it does not fit.
constexpr ValueSpec if_room(ValueSpec parameter) {
  parameter.in_ticket = InTicket::if_room;
  return parameter;
}

inline constexpr const char* kInsteadOfUsername[] = {"login_hint"};
inline constexpr const char* kInsteadOfHint[] = {"username"};
inline constexpr ValueSpec kUsernameParameter = {.name = "username",
                                                 .charset = Charset::one_line,
                                                 .max_bytes = kMaxUsername,
                                                 .excludes = kInsteadOfUsername,
                                                 .doc = "The Salesforce username, sent unchanged. This or login_hint."};
inline constexpr ValueSpec kLoginHintParameter = {
    .name = "login_hint",
    .charset = Charset::one_line,
    .max_bytes = kMaxUsername,
    .excludes = kInsteadOfHint,
    .doc =
        "Whatever the site's user discovery handler finds a user by (an email address, a phone number, a customer number), "
        "instead of a username."};
inline constexpr ValueSpec kCustomdataParameter = {.name = "customdata",
                                                   .kind = ValueKind::json,
                                                   .charset = Charset::utf8,
                                                   .secret = true,
                                                   .max_bytes = kMaxCustomdata,
                                                   .doc = "JSON object for the site's user discovery handler, with login_hint."};
inline constexpr ValueSpec kUserdataParameter = {
    .name = "userdata",
    .kind = ValueKind::json,
    .charset = Charset::utf8,
    .secret = true,
    .required = true,
    .max_bytes = kMaxUserdata,
    .doc = "JSON object of the user's standard fields: firstName, lastName, email, username; at least the last three.",
    .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kNewCustomdataParameter = {
    .name = "customdata",
    .kind = ValueKind::json,
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = kMaxUserdata,
    .doc =
        "JSON object of anything else that the site's registration handler (Apex) reads, such as mobilePhone for a text "
        "message.",
    .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kNewUserPasswordParameter = {
    .name = "password",
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = kMaxPassword,
    .doc = "The new user's password, sent byte for byte. Some sites' handlers need none.",
    .in_ticket = InTicket::if_room};
inline constexpr const char* kInsteadOfRecaptcha[] = {"recaptcha_event"};
inline constexpr const char* kInsteadOfEvent[] = {"recaptcha"};
inline constexpr ValueSpec kRecaptchaParameter = {
    .name = "recaptcha",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxRecaptcha,
    .excludes = kInsteadOfRecaptcha,
    .doc =
        "A reCAPTCHA v2 or v3 token, if the site requires one. It is valid for one request: sending the message again needs a "
        "new one.",
    .single_use = true,
    .in_ticket = InTicket::never};
inline constexpr ValueSpec kRecaptchaEventParameter = {
    .name = "recaptcha_event",
    .kind = ValueKind::json,
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = kMaxRecaptcha,
    .excludes = kInsteadOfEvent,
    .doc = "JSON object of reCAPTCHA Enterprise: token, siteKey, expectedAction, projectId. Also valid for one request.",
    .single_use = true,
    .in_ticket = InTicket::never};
inline constexpr ValueSpec kEmailTemplateParameter = {
    .name = "email_template",
    .charset = Charset::visible,
    .max_bytes = kMaxEmailTemplate,
    .doc = "Id of the message's email template, which must be on the site's allowlist.",
    .default_text = "the site's own"};
inline constexpr const char* kVerificationMethods[] = {"email", "sms"};
inline constexpr ValueSpec kVerificationMethodParameter = {.name = "verification_method",
                                                           .required = true,
                                                           .choices = kVerificationMethods,
                                                           .doc = "How the one-time password reaches the person."};
inline constexpr ValueSpec kIntegrationTokenParameter = {
    .name = "integration_token",
    .charset = Charset::printable,
    .secret = true,
    .max_bytes = kMaxToken,
    .doc =
        "Access token of an integration user, if the site requires one with this call and the app's settings name no source "
        "for it. For private clients only.",
    .default_text = "fetched from the source in the app's settings, if there is one",
    .is_token = true,
    .in_ticket = InTicket::never};
inline constexpr ValueSpec kOtpAsk = {
    .name = "otp",
    .charset = Charset::one_line,
    .secret = true,
    .max_bytes = kMaxOtp,
    .doc = "The one-time password from the message. White space and invisible characters at both ends are ignored.",
    .from_message = true,
    .trimmed = true};
inline constexpr ValueSpec kPasswordAsk = {.name = "password",
                                           .charset = Charset::utf8,
                                           .secret = true,
                                           .max_bytes = kMaxPassword,
                                           .doc = "The password, byte for byte."};
inline constexpr ValueSpec kScopeParameter = {.name = "scope",
                                              .kind = ValueKind::list,
                                              .charset = Charset::scopes,
                                              .max_bytes = kMaxFlowScope,
                                              .doc = "Scopes to request, separated by spaces, instead of the app's setting.",
                                              .default_text = "the app's scope"};
inline constexpr ValueSpec kStateParameter = {
    .name = "state",
    .charset = Charset::printable,
    .secret = true,
    .max_bytes = kMaxState,
    .doc = "The caller's own state. One is always sent, and compared with the response's.",
    .default_text = "43 random characters"};
inline constexpr ValueSpec kGuestTokenParameter = {
    .name = "guest_token",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxToken,
    .doc =
        "Access token of a guest flow. It carries the visitor while it is valid; one that expires within 30 seconds is not "
        "sent, and the plain UVID is sent instead.",
    .from_guest = "access_token",
    .is_token = true,
    .in_ticket = InTicket::never};
inline constexpr ValueSpec kUvidParameter = {
    .name = "uvid",
    .charset = Charset::uuid_v4,
    .max_bytes = kUuidLength,
    .doc = "The unique visitor ID: a lowercase version 4 UUID, created and kept by the app.",
    .from_guest = "uvid",
    .in_ticket = InTicket::never};

inline constexpr ValueSpec kGuestParameter = {
    .name = "guest",
    .kind = ValueKind::json,
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = kMaxToken + 1024,
    .doc = "A guest or visitor as its JSON text: fills the parameters that a guest has (uvid, guest_token).",
    .expands = Expands::guest,
    .in_ticket = InTicket::never};
inline constexpr ValueSpec kTokensParameter = {
    .name = "tokens",
    .kind = ValueKind::json,
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = 4 * kMaxToken,
    .doc = "A session as its JSON text: fills the parameters that have the name of one of its tokens.",
    .expands = Expands::tokens,
    .in_ticket = InTicket::never};

inline constexpr const char* kTokenFormats[] = {"opaque", "jwt"};
inline constexpr const char* kUvidCarries[] = {"carried", "lost", "absent"};

constexpr FieldSpec uvid_carry_field(bool always) {
  return {"uvid_carry",
          ValueKind::text,
          false,
          "carried: the token contains the visitor's UVID. lost: one was sent, but the token does not contain it. absent: none "
          "was sent.",
          always,
          kUvidCarries};
}
inline constexpr FieldSpec kUvidCarryReasonField = {"uvid_carry_reason", ValueKind::text, false,
                                                    "With lost: why, and the setting to change."};

// uvid_always: a guest's result always names the visitor.
#define HLID_TOKEN_FIELDS(uvid_always)                                                                                         \
  {"access_token", ValueKind::text, true, "The token, opaque or a JWT.", true},                                                \
      {"token_type", ValueKind::text, false, "Always Bearer.", true},                                                          \
      {"scope", ValueKind::list, false, "Scopes that were granted, as the server lists them; absent if it does not."},         \
      {"instance_url", ValueKind::url, false,                                                                                  \
       "Base address of the org's APIs, if it is the site's or a Salesforce host. This library sends nothing there."},         \
      {"issued_at_ms", ValueKind::integer, false, "When the token was issued, in milliseconds since 1970."},                   \
      {"expires_at_ms", ValueKind::integer, false,                                                                             \
       "When the token expires, in milliseconds since 1970, if it says so; absent: unknown."},                                 \
      {"token_format", ValueKind::text, false, "opaque or jwt.", false, kTokenFormats},                                        \
      {"uvid", ValueKind::text, false, "The visitor's UVID.", uvid_always}, uvid_carry_field(true), kUvidCarryReasonField,     \
      {"uvid_verified", ValueKind::flag, false,                                                                                \
       "Whether the UVID was read from a token whose signature was checked (verify_jwt)."},                                    \
      {"site_url", ValueKind::url, false,                                                                                      \
       "The site's address as the server reports it, if it has the configured site's origin."},                                \
      {"site_id", ValueKind::text, false, "The site's Network id, as the server reports it."},                                 \
      {"ignored_site_url", ValueKind::text, false,                                                                             \
       "An address in the response that is not the site's: another origin, or a path that leads elsewhere. It was not used."}, \
      {"raw", ValueKind::json, true, "The original token response; absent from a result that was stored and restored."}

inline constexpr const char* kIdTokenChecked[] = {"claims", "signature", "failed"};
inline constexpr FieldSpec kTokenSetFields[] = {
    HLID_TOKEN_FIELDS(false),
    {"refresh_token", ValueKind::text, true, "With the scope refresh_token."},
    {"id_token", ValueKind::text, true,
     "With the scope openid, if the server sends one; the flow fails without it only where a browser brings the tokens. "
     "id_token_checked says how far it was checked."},
    {"id_token_checked", ValueKind::text, false,
     "claims: the ID token's claims were checked. signature: its signature as well. failed: a refresh brought one that did not "
     "pass, and it was left out. Absent without an ID token, and where verify_id_token says that nothing is checked.",
     false, kIdTokenChecked},
    {"id_token_failure", ValueKind::text, false,
     "With failed: the reason, as in an error: token_expired, unknown_key. The other tokens are good."},
    {"id", ValueKind::url, false, "The user's identity URL, if it is the site's or a Salesforce host's."},
};
inline constexpr ResultSpec kTokenSet = {"TokenSet", "A session: an access token, and what came with it.", kTokenSetFields};
// Flows that end without a refresh token: they are run again.
inline constexpr std::string_view kNoRefreshToken[] = {"refresh_token"};

}  // namespace hlid
