// SQLite's memory, as a simulation wants it: some allocation fails.

#ifndef SOCLE_SQLITE_MEMORY_H
#define SOCLE_SQLITE_MEMORY_H

/// Puts the counting allocator below SQLite. Only before SQLite is used for the first time.
///
/// @return 0, or SQLite's error code.
int socle_sqlite_memory_install(void);

/// Lets one allocation fail: the next after `count` that succeed. Negative: none any more.
void socle_sqlite_memory_fail_after(long count);

/// How many allocations have failed since one was last to fail.
long socle_sqlite_memory_failures(void);

#endif
