// Z03, Z14: a Secret leaves nothing behind in the blocks that it gave back, whatever was done with it. Built twice: as
// the library is, and with -O3 and link-time optimisation, where a store that nobody reads may be left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/secret.h"

namespace {

using hlid::Secret;

constexpr size_t kSize = 200;

// The address of a block, in a way in which the compiler does not follow it: the block is read after it was freed.
uintptr_t address_of(const void* block) {
  auto address = reinterpret_cast<uintptr_t>(block);
  __asm__ __volatile__("" : "+r"(address) : : "memory");
  return address;
}

// Bytes equal to `mark` in a block that was given back. The allocator's own notes may lie over its first ones.
size_t left_at(uintptr_t address, char mark) {
  __asm__ __volatile__("" : "+r"(address) : : "memory");
  const auto* bytes = reinterpret_cast<const volatile char*>(address);
  size_t left = 0;
  for (size_t i = 32; i < kSize; ++i) left += bytes[i] == mark ? 1U : 0U;
  return left;
}

Secret filled(char mark) {
  Secret secret;
  secret.resize(kSize);
  std::memset(secret.data(), mark, kSize);
  return secret;
}

// The way of looking is worth something: it sees what is not wiped.
TEST(Wipe, what_is_not_wiped_is_seen) {
  auto* block = static_cast<char*>(::operator new(kSize));
  std::memset(block, 'n', kSize);
  const uintptr_t address = address_of(block);
  ::operator delete(block);
  EXPECT_GT(left_at(address, 'n'), kSize / 2);
}

TEST(Wipe, wipes_at_its_end) {
  uintptr_t address = 0;
  {
    const Secret secret = filled('e');
    address = address_of(secret.view().data());
  }
  EXPECT_EQ(left_at(address, 'e'), 0U);
}

TEST(Wipe, wipes_when_it_grows) {
  Secret secret = filled('g');
  const uintptr_t before = address_of(secret.data());
  secret.reserve(64 * 1024);
  ASSERT_NE(address_of(secret.data()), before);
  EXPECT_EQ(left_at(before, 'g'), 0U);
  EXPECT_EQ(secret.view()[kSize - 1], 'g');
}

TEST(Wipe, wipes_when_it_shrinks) {
  Secret secret = filled('s');
  secret.resize(40);
  EXPECT_EQ(std::count(secret.data() + 40, secret.data() + kSize, 's'), 0);
}

TEST(Wipe, wipes_when_it_is_assigned_over) {
  Secret secret = filled('o');
  const uintptr_t before = address_of(secret.data());
  secret = filled('p');
  EXPECT_EQ(left_at(before, 'o'), 0U);
}

TEST(Wipe, leaves_nothing_where_it_was_moved_from) {
  Secret from;
  from.append("short");
  const Secret to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT: looked at on purpose
  EXPECT_EQ(to.view(), "short");
  // Also a short one lies on the heap: the object itself, which may be copied bytewise, holds none of it.
  unsigned char bytes[sizeof(Secret)];
  std::memcpy(bytes, &to, sizeof bytes);
  EXPECT_EQ(std::memcmp(bytes, "short", 5) == 0, false);
}

TEST(Wipe, wipes_a_buffer_that_is_not_read_again) {
  auto* block = static_cast<char*>(::operator new(kSize));
  std::memset(block, 'b', kSize);
  const uintptr_t address = address_of(block);
  hlid::wipe(block, kSize);
  ::operator delete(block);
  EXPECT_EQ(left_at(address, 'b'), 0U);
}

}  // namespace
