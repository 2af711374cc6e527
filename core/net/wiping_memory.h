// The memory of the libcurl and the OpenSSL that a package carries inside. Only there: the memory of a libcurl that the
// whole process shares is its host's to choose.
#pragma once

#include <cstddef>

namespace hlid::wiping_memory {

// As the C library's, and what is freed, grown or shrunk leaves nothing behind.
void* allocate(size_t size);
void* allocate_zeroed(size_t count, size_t size);
void* reallocate(void* block, size_t size);
void release(void* block);
char* duplicate(const char* text);

}  // namespace hlid::wiping_memory
