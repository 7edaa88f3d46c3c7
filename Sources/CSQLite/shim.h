#pragma once
#include <sqlite3.h>

// Sets whether closing the last connection keeps the write-ahead log; sqlite3_db_config is variadic.
static inline void csqlite_keep_log(sqlite3 *database, int keeps) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps, (int *)0);
}

// SQLITE_TRANSIENT, which makes SQLite copy the bytes, is a cast that Swift does not import. A null pointer would bind
// NULL, and an empty text may have no address.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}
