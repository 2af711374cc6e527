// The header alone, first, as C++20.
#include "headlessid/headlessid.h"
#include "headlessid/org.h"

#include "header_test.h"

int main() { return hlid_abi_version() == HLID_ABI_VERSION ? 0 : 1; }
