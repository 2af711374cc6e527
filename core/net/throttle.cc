#include "net/throttle.h"

namespace hlid {
namespace {

// With a proxy that is spoken to over TLS the site's connection reads from the proxy's, which may have more in hand than
// the socket: only the one that reads the socket may stop, or nothing would wake up for the rest.
constexpr int kReadsTheSocket = 0;
constexpr int kReadsAnother = 1;

int read_some(BIO* self, char* out, int size) {
  auto* turn = static_cast<Turn*>(BIO_get_data(self));
  BIO* next = BIO_next(self);
  if (next == nullptr || turn == nullptr) return -1;
  BIO_clear_retry_flags(self);
  if (turn->is_spent() && BIO_get_init(self) != 0 && BIO_get_shutdown(self) == kReadsTheSocket) {
    BIO_set_retry_read(self);
    return -1;
  }
  void* around = turn->reading;
  if (around != nullptr) BIO_set_shutdown(static_cast<BIO*>(around), kReadsAnother);
  turn->reading = self;
  const int got = BIO_read(next, out, size);
  turn->reading = around;
  BIO_copy_next_retry(self);
  if (got > 0 && BIO_get_shutdown(self) == kReadsTheSocket) turn->count(static_cast<size_t>(got));
  return got;
}

long control(BIO* self, int what, long number, void* pointer) {
  BIO* next = BIO_next(self);
  return next == nullptr ? 0 : BIO_ctrl(next, what, number, pointer);
}

int create(BIO* self) {
  BIO_set_init(self, 1);
  BIO_set_shutdown(self, kReadsTheSocket);
  return 1;
}

int destroy(BIO*) { return 1; }

}  // namespace

// Without an index of its own, by which nothing looks for it: a process has 127 of those, for all that use OpenSSL.
Throttle::Throttle() : method_(BIO_meth_new(BIO_TYPE_FILTER, "headlessid throttle")) {
  if (!method_) return;
  const bool made = BIO_meth_set_read(method_.get(), read_some) == 1 && BIO_meth_set_ctrl(method_.get(), control) == 1 &&
                    BIO_meth_set_create(method_.get(), create) == 1 && BIO_meth_set_destroy(method_.get(), destroy) == 1;
  if (!made) method_.reset();
}

void Throttle::guard(SSL* ssl, Turn& turn) const {
  BIO* socket = SSL_get_rbio(ssl);
  if (socket == nullptr || BIO_get_data(socket) == &turn) return;
  BIO* self = BIO_new(method_.get());
  if (self == nullptr) return;
  BIO_set_data(self, &turn);
  // The connection's own hold on its socket passes to the throttle; writing goes on as before.
  if (BIO_up_ref(socket) != 1) {
    BIO_free(self);
    return;
  }
  BIO_push(self, socket);
  SSL_set0_rbio(ssl, self);
}

}  // namespace hlid
