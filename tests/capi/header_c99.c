/* The headers alone, first, as C99. */
#include "headlessid/headlessid.h"
#include "headlessid/org.h"

#include "header_test.h"

int main(void) { return hlid_abi_version() == HLID_ABI_VERSION ? 0 : 1; }
