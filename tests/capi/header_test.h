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
PINNED(HLID_NOT_SENT == 1 && HLID_MAYBE_SENT == 2 && HLID_START_QUEUE == 0 && HLID_START_WAIT == 1 && HLID_START_ATTENDED == 2 &&
       HLID_START_ANY == 3);
PINNED(HLID_ABI_VERSION == 3u);

#if UINTPTR_MAX == 0xFFFFFFFFFFFFFFFFu
PINNED(sizeof(hlid_view) == 16 && offsetof(hlid_view, size) == 8);
PINNED(sizeof(hlid_completion) == 24 && offsetof(hlid_completion, tag) == 8 && offsetof(hlid_completion, step) == 16 &&
       offsetof(hlid_completion, reserved) == 20);
#endif
