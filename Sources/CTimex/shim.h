// The kernel's clock discipline, which glibc's own Swift module leaves out.
#include <sys/timex.h>
