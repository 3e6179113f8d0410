#include "CSQLiteExtension.h"

#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT1

void socle_sqlite_take(const void *routines) {
    SQLITE_EXTENSION_INIT2((const sqlite3_api_routines *)routines)
}

int socle_sqlite_version(void) { return sqlite3_libversion_number(); }

int socle_create_module(sqlite3 *host, const char *name, const sqlite3_module *module, void *aux) {
    return sqlite3_create_module_v2(host, name, module, aux, 0);
}
int socle_declare_table(sqlite3 *host, const char *sql) { return sqlite3_declare_vtab(host, sql); }
char *socle_host_text(const char *text) { return sqlite3_mprintf("%s", text); }
void socle_host_free(void *memory) { sqlite3_free(memory); }
const char *socle_collation(sqlite3_index_info *info, int constraint) {
    return sqlite3_vtab_collation(info, constraint);
}

const char *socle_error_text(sqlite3 *host) { return sqlite3_errmsg(host); }
int socle_error_code(sqlite3 *host) { return sqlite3_errcode(host); }
int socle_prepare(sqlite3 *host, const char *sql, sqlite3_stmt **statement) {
    return sqlite3_prepare_v3(host, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, 0);
}
int socle_bind(sqlite3_stmt *statement, int index, int64_t value) {
    return sqlite3_bind_int64(statement, index, value);
}
int socle_step(sqlite3_stmt *statement) { return sqlite3_step(statement); }
int socle_reset(sqlite3_stmt *statement) { return sqlite3_reset(statement); }
int socle_finalize(sqlite3_stmt *statement) { return sqlite3_finalize(statement); }
int socle_column_count(sqlite3_stmt *statement) { return sqlite3_column_count(statement); }
const char *socle_column_name(sqlite3_stmt *statement, int column) {
    return sqlite3_column_name(statement, column);
}
sqlite3_value *socle_column(sqlite3_stmt *statement, int column) {
    return sqlite3_column_value(statement, column);
}

int socle_type(sqlite3_value *value) { return sqlite3_value_type(value); }
int64_t socle_integer(sqlite3_value *value) { return sqlite3_value_int64(value); }
double socle_real(sqlite3_value *value) { return sqlite3_value_double(value); }
const void *socle_bytes(sqlite3_value *value, int *count) {
    const void *bytes = sqlite3_value_type(value) == SQLITE_TEXT ? sqlite3_value_text(value)
                                                                 : sqlite3_value_blob(value);
    *count = sqlite3_value_bytes(value);
    return bytes;
}

void socle_result_null(sqlite3_context *context) { sqlite3_result_null(context); }
void socle_result_integer(sqlite3_context *context, int64_t value) {
    sqlite3_result_int64(context, value);
}
void socle_result_real(sqlite3_context *context, double value) {
    sqlite3_result_double(context, value);
}
void socle_result_text(sqlite3_context *context, const char *bytes, int count) {
    sqlite3_result_text(context, bytes, count, SQLITE_TRANSIENT);
}
void socle_result_blob(sqlite3_context *context, const void *bytes, int count) {
    sqlite3_result_blob(context, bytes, count, SQLITE_TRANSIENT);
}
