/* Preloaded into a process of any language: its clock is HEADLESSID_CLOCK_OFFSET_MS off. What counts time that has passed
 * (CLOCK_MONOTONIC) is as it was, so that timeouts and waits are too. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long offset_ms(void) {
  const char* text = getenv("HEADLESSID_CLOCK_OFFSET_MS");
  return text == NULL ? 0 : atoll(text);
}

static void shift(struct timespec* at) {
  const long long by = offset_ms();
  long long nanoseconds = at->tv_nsec + by % 1000 * 1000000;
  at->tv_sec += (time_t)(by / 1000);
  if (nanoseconds < 0) {
    nanoseconds += 1000000000;
    --at->tv_sec;
  } else if (nanoseconds >= 1000000000) {
    nanoseconds -= 1000000000;
    ++at->tv_sec;
  }
  at->tv_nsec = (long)nanoseconds;
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  const int result = (int)syscall(SYS_clock_gettime, clock, at);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(at);
  return result;
}

int gettimeofday(struct timeval* restrict at, void* restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = (suseconds_t)(now.tv_nsec / 1000);
  return 0;
}

time_t time(time_t* at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return (time_t)-1;
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
