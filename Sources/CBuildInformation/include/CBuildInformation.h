#ifndef SOCLE_BUILD_INFORMATION_H
#define SOCLE_BUILD_INFORMATION_H

/* The commit that this program was built from; "unknown" where the build could not tell. */
const char *_Nonnull socle_commit(void);

#endif
