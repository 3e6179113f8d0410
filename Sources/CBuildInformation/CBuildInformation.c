#include "CBuildInformation.h"

/* Package.swift defines it, as Swift itself knows no definitions with a value. */
#ifndef SOCLE_COMMIT
#define SOCLE_COMMIT "unknown"
#endif

const char *socle_commit(void) { return SOCLE_COMMIT; }
