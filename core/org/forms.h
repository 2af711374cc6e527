// The forms of values that the linter checks and the generator is given.
#pragma once

#include <cstdint>
#include <string_view>

namespace hlid::org {

enum class CallbackFault : uint8_t { none, several, no_scheme, not_encrypted };
// One callback of an app.
CallbackFault callback_fault(std::string_view address);

enum class CertificateFault : uint8_t { none, private_key, other_pem, not_base64 };
// Armoured PEM, or its base64 body alone.
CertificateFault certificate_fault(std::string_view text);

}  // namespace hlid::org
