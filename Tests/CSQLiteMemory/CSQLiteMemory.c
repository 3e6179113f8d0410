#include "CSQLiteMemory.h"

#include <sqlite3.h>

// sqlite3_config takes a variable number of arguments, which Swift cannot call: the reason for C.

static sqlite3_mem_methods standard;
static long remaining = -1;
static long failures = 0;
static int counts = 0;

// Of one thread, as the simulation is.
static int fails(void) {
    if (!counts || remaining < 0) return 0;
    if (remaining-- > 0) return 0;
    failures++;
    return 1;
}

static void *allocate(int size) { return fails() ? 0 : standard.xMalloc(size); }

static void *reallocate(void *memory, int size) {
    return fails() ? 0 : standard.xRealloc(memory, size);
}

int socle_sqlite_memory_install(void) {
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &standard);
    if (code != SQLITE_OK) return code;
    sqlite3_mem_methods methods = standard;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

void socle_sqlite_memory_fail_after(long count) {
    remaining = count;
    failures = 0;
    counts = 0;
}

void socle_sqlite_memory_count(int isOn) { counts = isOn; }

long socle_sqlite_memory_failures(void) { return failures; }
