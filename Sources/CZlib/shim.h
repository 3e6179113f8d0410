// zlib as Swift sees it. The two initialisers are macros in zlib.h, which Swift cannot call.
#pragma once
#include <zlib.h>

/// Starts a raw deflate stream: no header, no trailer (the block has its own checksum).
static inline int socle_deflate_init_raw(z_stream *stream, int level, int strategy) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, strategy);
}

/// Starts a raw inflate stream.
static inline int socle_inflate_init_raw(z_stream *stream) {
    return inflateInit2(stream, -15);
}
