#include "net/wiping_memory.h"

#include <openssl/crypto.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/secret.h"

namespace hlid::wiping_memory {
namespace {

// In front of each block, so that its size is known whichever allocator the host has put in front of the C library's.
struct alignas(std::max_align_t) Head {
  size_t size;
};

Head* head_of(void* block) { return static_cast<Head*>(block) - 1; }

// OpenSSL takes an allocator only before its first block, so before main and before every static object. Nothing else can
// have used this copy of it.
__attribute__((constructor(101))) void give_to_openssl() {
  CRYPTO_set_mem_functions([](size_t size, const char*, int) { return allocate(size); },
                           [](void* block, size_t size, const char*, int) -> void* {
                             if (size != 0) return reallocate(block, size);
                             release(block);
                             return nullptr;
                           },
                           [](void* block, const char*, int) { release(block); });
}

}  // namespace

void* allocate(size_t size) {
  if (size > SIZE_MAX - sizeof(Head)) return nullptr;
  auto* head = static_cast<Head*>(std::malloc(sizeof(Head) + size));
  if (head == nullptr) return nullptr;
  head->size = size;
  return head + 1;
}

void* allocate_zeroed(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  void* block = allocate(count * size);
  if (block != nullptr) std::memset(block, 0, count * size);
  return block;
}

void release(void* block) {
  if (block == nullptr) return;
  Head* head = head_of(block);
  wipe(block, head->size);
  std::free(head);
}

void* reallocate(void* block, size_t size) {
  if (block == nullptr) return allocate(size);
  const size_t had = head_of(block)->size;
  void* moved = allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, had < size ? had : size);
  release(block);
  return moved;
}

char* duplicate(const char* text) {
  const size_t size = std::strlen(text) + 1;
  void* copy = allocate(size);
  return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, size));
}

}  // namespace hlid::wiping_memory
