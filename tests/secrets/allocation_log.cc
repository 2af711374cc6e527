// In a file of its own, so that the compiler cannot see through it.
#include "allocation_log.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace secrets {
namespace {

// Each block begins with its size. It is filled, so that what is all zero at its end was wiped.
constexpr unsigned long kHead = 16;
constexpr int kFilling = 0xA5;

std::array<Allocation, 100'000> log;  // NOLINT: written in operator new
unsigned long logged = 0;
bool logging = false;

void write_down(Allocation::Kind kind, unsigned long size) {
  if (!logging) return;
  if (logged == log.size()) std::abort();
  log[logged++] = {kind, size};
}

bool is_wiped(const char* block, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i) {
    if (block[i] != 0) return false;
  }
  return true;
}

}  // namespace

void begin_allocation_log() {
  logged = 0;
  logging = true;
}

std::vector<Allocation> end_allocation_log() {
  logging = false;
  return {log.begin(), log.begin() + static_cast<long>(logged)};
}

static void* take(unsigned long size) {
  auto* head = static_cast<char*>(std::malloc(size + kHead));
  if (head == nullptr) std::abort();
  std::memcpy(head, &size, sizeof size);
  std::memset(head + kHead, kFilling, size);
  write_down(Allocation::Kind::taken, size);
  return head + kHead;
}

static void give_back(void* block) {
  if (block == nullptr) return;
  char* head = static_cast<char*>(block) - kHead;
  unsigned long size = 0;
  std::memcpy(&size, head, sizeof size);
  write_down(is_wiped(head + kHead, size) ? Allocation::Kind::freed_wiped : Allocation::Kind::freed, size);
  std::free(head);
}

}  // namespace secrets

// All of them: a sanitizer has its own of each, and a block must come back to where it was taken.
void* operator new(size_t size) { return secrets::take(size); }
void* operator new[](size_t size) { return secrets::take(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return secrets::take(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return secrets::take(size); }
void operator delete(void* block) noexcept { secrets::give_back(block); }
void operator delete[](void* block) noexcept { secrets::give_back(block); }
void operator delete(void* block, size_t) noexcept { secrets::give_back(block); }
void operator delete[](void* block, size_t) noexcept { secrets::give_back(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { secrets::give_back(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { secrets::give_back(block); }
