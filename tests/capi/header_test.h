/* The layout that hosts were compiled with: nothing here may ever change, only grow at the end. Included by
 * the tests of the header as C99 and as C++20; each compiles with pedantic warnings and the header first. */
#define PINNED_NAME(line) pinned_##line
#define PINNED_AT(line, condition) typedef char PINNED_NAME(line)[(condition) ? 1 : -1]
#define PINNED(condition) PINNED_AT(__LINE__, condition)

PINNED(sizeof(hlid_status) == 4 && sizeof(hlid_step) == 4 && sizeof(hlid_advice) == 4);
PINNED(HLID_OK == 0 && HLID_E_ARGUMENT == 1 && HLID_E_STATE == 2 && HLID_E_TRANSPORT == 3 && HLID_E_PROTOCOL == 4 &&
       HLID_E_REFUSED == 5);
PINNED(HLID_ADVICE_NONE == 0 && HLID_ADVICE_FIX_ARGUMENT == 1 && HLID_ADVICE_ASK_AGAIN == 2 && HLID_ADVICE_RESTART == 3);
PINNED(HLID_ADVICE_SIGN_IN_AGAIN == 4 && HLID_ADVICE_RETRY_LATER == 5 && HLID_ADVICE_FIX_ORG == 6);
PINNED(HLID_STEP_SEND == 1 && HLID_STEP_ASK == 2 && HLID_STEP_SHOW == 3 && HLID_STEP_SIGN == 4 && HLID_STEP_WAIT == 5 &&
       HLID_STEP_DONE == 6 && HLID_STEP_FAILED == 7);
PINNED(HLID_APP_ALLOW_HTTP_LOOPBACK == 1 && HLID_APP_SEND_CODE_CHALLENGE_METHOD == 2 && HLID_APP_VERIFY_JWT == 4 &&
       HLID_APP_PROXY_FROM_ENVIRONMENT == 8);
PINNED(HLID_APP_FIRST_PARTY_REDIRECT_URI == 16 && HLID_APP_FIRST_PARTY_RESPONSE_TYPE == 32);
PINNED(HLID_NOT_SENT == 1 && HLID_MAYBE_SENT == 2 && HLID_START_QUEUE == 0 && HLID_START_WAIT == 1);
PINNED(HLID_ABI_VERSION == 2u);

#if UINTPTR_MAX == 0xFFFFFFFFFFFFFFFFu
PINNED(sizeof(hlid_view) == 16 && offsetof(hlid_view, size) == 8);
PINNED(sizeof(hlid_app_settings) == 528);
PINNED(offsetof(hlid_app_settings, flags) == 8 && offsetof(hlid_app_settings, site) == 16 &&
       offsetof(hlid_app_settings, client_id) == 32);
PINNED(offsetof(hlid_app_settings, redirect_uri) == 48 && offsetof(hlid_app_settings, scope) == 64 &&
       offsetof(hlid_app_settings, client_secret) == 80);
PINNED(offsetof(hlid_app_settings, token_endpoint_auth_method) == 96 &&
       offsetof(hlid_app_settings, credentials_placement) == 112);
PINNED(offsetof(hlid_app_settings, basic_alphabet) == 128 && offsetof(hlid_app_settings, token_host) == 144);
PINNED(offsetof(hlid_app_settings, uvid_placement) == 160 && offsetof(hlid_app_settings, uvid_prefix) == 176);
PINNED(offsetof(hlid_app_settings, extra_headers) == 192 && offsetof(hlid_app_settings, extra_parameters) == 208);
PINNED(offsetof(hlid_app_settings, user_agent) == 224 && offsetof(hlid_app_settings, jwks) == 240 &&
       offsetof(hlid_app_settings, jwks_path) == 256);
PINNED(offsetof(hlid_app_settings, timeout_ms) == 272 && offsetof(hlid_app_settings, http_version) == 280 &&
       offsetof(hlid_app_settings, proxy) == 296);
PINNED(offsetof(hlid_app_settings, ca_file) == 312 && offsetof(hlid_app_settings, max_connections) == 328);
PINNED(offsetof(hlid_app_settings, attestation_key) == 336 && offsetof(hlid_app_settings, attestation_signer) == 352);
PINNED(offsetof(hlid_app_settings, attestation_audience) == 368 && offsetof(hlid_app_settings, attestation_subject) == 384);
PINNED(offsetof(hlid_app_settings, attestation_lifetime_s) == 400 && offsetof(hlid_app_settings, seal_keys) == 408);
PINNED(offsetof(hlid_app_settings, seal_lifetime_s) == 424 && offsetof(hlid_app_settings, integration_client_id) == 432);
PINNED(offsetof(hlid_app_settings, integration_client_secret) == 448 && offsetof(hlid_app_settings, integration_key) == 464);
PINNED(offsetof(hlid_app_settings, integration_username) == 480 && offsetof(hlid_app_settings, integration_site) == 496);
PINNED(offsetof(hlid_app_settings, integration_audience) == 512);
PINNED(sizeof(hlid_client_options) == 24 && offsetof(hlid_client_options, flags) == 8 &&
       offsetof(hlid_client_options, max_in_flight) == 16);
PINNED(sizeof(hlid_completion) == 24 && offsetof(hlid_completion, tag) == 8 && offsetof(hlid_completion, step) == 16 &&
       offsetof(hlid_completion, reserved) == 20);
#endif
