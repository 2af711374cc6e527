// The value that guards return addresses on the stack. On arm64 it is a variable, which the C library fills with random bytes.
// Zig's runtime has a constant of that name, and where any other function of that runtime is linked, the constant comes with it
// and before the C library's. This one comes before both, and is random too.
#include <sys/auxv.h>

#include <cstdint>
#include <cstring>

extern "C" {
// Weak, for a static program: musl's own is in there.
[[gnu::weak, gnu::visibility("hidden")]] std::uintptr_t __stack_chk_guard = 0;  // NOLINT: the compiler's name
}

// Runs before any other function of its image. It is not guarded itself, because the value changes while it runs.
[[gnu::constructor(101), gnu::no_stack_protector]] static void draw_stack_guard() {
  const auto* drawn = reinterpret_cast<const char*>(::getauxval(AT_RANDOM));  // 16 bytes of the kernel's
  if (drawn == nullptr) return;
  std::uintptr_t guard = 0;
  std::memcpy(&guard, drawn, sizeof guard);
  __stack_chk_guard = guard & ~std::uintptr_t{0xFF};  // a text that is copied too far ends at the NUL
}
