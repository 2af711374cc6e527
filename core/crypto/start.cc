#include "crypto/start.h"

#include <openssl/crypto.h>

namespace hlid {

void start_crypto() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

}  // namespace hlid
