// Private keys that have never stood plain in this process: another one makes them.
#pragma once

#include <cstddef>
#include <vector>

#include "marks.h"

namespace secrets {

struct PrivateKey {
  Masked pem;
  // What of it is secret: the lines of its PEM behind the public modulus, and its numbers, as they are written and as
  // they are calculated with (least significant byte first).
  std::vector<Form> parts;
};

// RSA, 2048 bits; another one for each number. Made at the first call and kept.
const PrivateKey& private_key(size_t number);

}  // namespace secrets
