// What both programs share: clocks, number arguments, and giving up with one line.
#pragma once

#include <errno.h>
#include <limits.h>
#include <mosquitto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

/// Seconds on a clock that nobody sets.
static inline double monotonic_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Seconds of CPU, user and system, that this process has used.
static inline double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/// The most memory that was resident at once, in kB.
static inline long max_rss_kilobytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/// Prints one line and exits with a code of sysexits.h.
__attribute__((noreturn, format(printf, 2, 3)))
static inline void fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(code);
}

/// Exits unless a call of libmosquitto succeeded.
static inline void check(int result, const char *what) {
    if (result == MOSQ_ERR_SUCCESS) return;
    fail(EX_UNAVAILABLE, "cannot %s: %s", what,
         result == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(result));
}

/// A whole number between `least` and `most`, or exits.
static inline long number_argument(const char *option, const char *text, long least, long most) {
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most)
        fail(EX_USAGE, "--%s takes a number from %ld to %ld, not \"%s\"", option, least, most,
             text);
    return number;
}
