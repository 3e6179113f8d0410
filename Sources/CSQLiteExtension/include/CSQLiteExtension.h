// SQLite as an extension sees it: every call goes by the routine table of the host that loaded it,
// none to a library of our own. The table's calls are macros, which Swift cannot use.
#pragma once
#include <sqlite3.h>
#include <stdint.h>

/// A virtual table and a cursor of ours; `object` is a retained Swift object.
typedef struct {
    sqlite3_vtab base;
    void *object;
} socle_table;
typedef struct {
    sqlite3_vtab_cursor base;
    void *object;
} socle_cursor;

/// Takes the host's routines; all calls below are theirs.
void socle_sqlite_take(const void *routines);
int socle_sqlite_version(void);

int socle_create_module(sqlite3 *host, const char *name, const sqlite3_module *module, void *aux);
int socle_declare_table(sqlite3 *host, const char *sql);
/// A copy in the host's memory, which frees it; NULL where there is none.
char *socle_host_text(const char *text);
void socle_host_free(void *memory);
const char *socle_collation(sqlite3_index_info *info, int constraint);

const char *socle_error_text(sqlite3 *host);
int socle_error_code(sqlite3 *host);
/// For a statement that is kept.
int socle_prepare(sqlite3 *host, const char *sql, sqlite3_stmt **statement);
int socle_bind(sqlite3_stmt *statement, int index, int64_t value);
int socle_step(sqlite3_stmt *statement);
int socle_reset(sqlite3_stmt *statement);
int socle_finalize(sqlite3_stmt *statement);
int socle_column_count(sqlite3_stmt *statement);
const char *socle_column_name(sqlite3_stmt *statement, int column);
/// Not protected: only within a call of the host, which holds its connection's mutex.
sqlite3_value *socle_column(sqlite3_stmt *statement, int column);

int socle_type(sqlite3_value *value);
int64_t socle_integer(sqlite3_value *value);
double socle_real(sqlite3_value *value);
/// Bytes of a text or blob, and how many; NULL where there are none.
const void *socle_bytes(sqlite3_value *value, int *count);

void socle_result_null(sqlite3_context *context);
void socle_result_integer(sqlite3_context *context, int64_t value);
void socle_result_real(sqlite3_context *context, double value);
/// Copies the bytes.
void socle_result_text(sqlite3_context *context, const char *bytes, int count);
void socle_result_blob(sqlite3_context *context, const void *bytes, int count);
