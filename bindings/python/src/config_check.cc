// Compiled into the extensions of published wheels alone, which are made for machines that the Python whose headers they use
// was not made for: what its pyconfig.h says of C's types must be so there too.
#include <Python.h>

#include <sys/types.h>
#include <cstdint>

#include <ctime>

namespace {

static_assert(sizeof(short) == SIZEOF_SHORT && sizeof(int) == SIZEOF_INT && sizeof(long) == SIZEOF_LONG);
static_assert(sizeof(long long) == SIZEOF_LONG_LONG && sizeof(std::size_t) == SIZEOF_SIZE_T);
static_assert(sizeof(void*) == SIZEOF_VOID_P && sizeof(std::uintptr_t) == SIZEOF_UINTPTR_T);
static_assert(sizeof(float) == SIZEOF_FLOAT && sizeof(double) == SIZEOF_DOUBLE && sizeof(wchar_t) == SIZEOF_WCHAR_T);
static_assert(sizeof(off_t) == SIZEOF_OFF_T && sizeof(pid_t) == SIZEOF_PID_T && sizeof(std::time_t) == SIZEOF_TIME_T);
static_assert(sizeof(pthread_t) == SIZEOF_PTHREAD_T);
#ifdef WORDS_BIGENDIAN
static_assert(false, "the wheels are made for little-endian machines");
#endif

}  // namespace
