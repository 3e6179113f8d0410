// The columns of the store's blocks: readings and windows to columns, and back.
//
// Knows nothing of SQLite: a row of the file gives a blob, and a place that a fault names. So
// whoever reads the file, by whichever SQLite, reads the same.
