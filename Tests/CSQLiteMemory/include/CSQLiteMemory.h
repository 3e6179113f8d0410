// SQLite's memory, as a simulation wants it: some allocation fails.

#ifndef SOCLE_SQLITE_MEMORY_H
#define SOCLE_SQLITE_MEMORY_H

/// Puts the counting allocator below SQLite. Only before SQLite is used for the first time.
///
/// @return 0, or SQLite's error code.
int socle_sqlite_memory_install(void);

/// Lets one allocation fail: the next after `count` that succeed, of those that count. None count
/// before ``socle_sqlite_memory_count``.
void socle_sqlite_memory_fail_after(long count);

/// Whether allocations count from now on.
void socle_sqlite_memory_count(int isOn);

/// How many allocations have failed since one was last to fail.
long socle_sqlite_memory_failures(void);

#endif
