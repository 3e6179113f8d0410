#!/usr/bin/env python3
"""A second reader of Socle's blocks, from docs/format/block.md and the standard library alone.

    python3 read_block.py FILE

prints {"version", "kind", "rowCount", "columns": [{"id", "values"}, ...]} as JSON. A file that is
not a block gets one line on standard error and exit code 65.
"""

import json
import sys
import zlib

ROWS_MAX, COLUMNS_MAX, VALUES_MAX = 1 << 20, 64, 1 << 22
VARINT, BYTE_PLANES, BIT_PLANES = range(3)


class BlockError(Exception):
    pass


class Reader:
    """Bytes with a position; reading past the end is an error."""

    def __init__(self, data):
        self.data, self.offset = data, 0

    def byte(self):
        if self.offset >= len(self.data):
            raise BlockError(f"truncated at byte {self.offset}")
        self.offset += 1
        return self.data[self.offset - 1]

    def take(self, size):
        if size > len(self.data) - self.offset:
            raise BlockError(f"truncated: {size} bytes wanted at byte {self.offset}")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def rest(self):
        return self.take(len(self.data) - self.offset)

    def varint(self, least=0, most=(1 << 64) - 1):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        overlong = shift > 0 and byte == 0
        if overlong or shift > 63 or not least <= value <= most:
            raise BlockError(f"bad number before byte {self.offset}")
        return value

    def signed(self):
        return unzigzag(self.varint())


def unzigzag(number):
    return number >> 1 if number & 1 == 0 else -(number >> 1) - 1


def wrap(number):
    """To 64 bits, two's complement."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def read_block(data):
    reader = Reader(data)
    signature = reader.byte()
    if signature >> 4 != 0xB or signature & 15 == 0:
        raise BlockError("not a block")
    if signature & 15 > 1:
        raise BlockError(f"version {signature & 15} is newer than this reader")
    kind = reader.byte()
    row_count = reader.varint(most=ROWS_MAX)
    entries = [read_entry(reader, row_count) for _ in range(reader.varint(most=COLUMNS_MAX))]
    if len({entry["id"] for entry in entries}) < len(entries):
        raise BlockError("a column twice")
    payloads = [reader.take(entry["size"]) for entry in entries]
    body = data[: reader.offset]
    if zlib.crc32(body) != int.from_bytes(reader.take(4), "little"):
        raise BlockError("checksum mismatch")
    if reader.offset != len(data):
        raise BlockError(f"more bytes after byte {reader.offset}")
    columns = [
        {"id": entry["id"], "values": decode(entry, payload)}
        for entry, payload in zip(entries, payloads)
    ]
    return {
        "version": signature & 15, "kind": kind, "rowCount": row_count, "columns": columns,
    }


def read_entry(reader, row_count):
    id_byte, encoding = reader.byte(), reader.byte()
    count = reader.varint(most=VALUES_MAX) if id_byte & 0x80 else row_count
    entry = {"id": id_byte & 0x7F, "encoding": encoding, "count": count, "size": 0}
    family = encoding >> 2 & 3
    if family == 0:
        if encoding > 2:
            raise BlockError(f"unknown encoding {encoding:#04x}")
        entry["start"] = reader.signed() if encoding > 0 else 0
        entry["step"] = reader.signed() if encoding == 2 else 0
    else:
        if encoding & 3 > BIT_PLANES or count < family:
            raise BlockError(f"encoding {encoding:#04x} does not fit {count} values")
        entry["size"] = reader.varint(most=8 * count + 48)
    return entry


def decode(entry, payload):
    encoding, count = entry["encoding"], entry["count"]
    order = (encoding >> 2 & 3) - 1
    if order < 0:
        return [wrap(entry["start"] + index * entry["step"]) for index in range(count)]
    head = Reader(payload)
    grid = (head.varint(1, 10_000), head.varint(1, 100)) if encoding & 0x80 else None
    starts = [head.signed() for _ in range(order)]
    base = head.signed() if encoding & 0x10 else 0
    divisor = head.varint(least=2) if encoding & 0x20 else 1
    layout, residual_count = encoding & 3, count - order
    if encoding & 0x40:
        plain = inflate(layout, residual_count, head.varint(least=1), head.rest())
    else:
        plain = head.rest()
    residuals = lay_in(layout, residual_count, plain)
    if not encoding & 0x10:
        residuals = [unzigzag(residual) for residual in residuals]
    values = [wrap(base + divisor * residual) for residual in residuals]
    for start in reversed(starts):
        sums = [start]
        for difference in values:
            sums.append(wrap(sums[-1] + difference))
        values = sums
    return [on_grid(value, *grid) for value in values] if grid else values


def inflate(layout, count, size, deflated):
    check_size(layout, count, size)
    stream = zlib.decompressobj(-15)
    try:
        plain = stream.decompress(deflated, size + 1)
    except zlib.error as error:
        raise BlockError(f"deflate: {error}")
    if len(plain) != size or not stream.eof or stream.unused_data:
        raise BlockError("the deflate stream is not of its stated size")
    return plain


def check_size(layout, count, size):
    if layout == VARINT:
        fits = count <= size <= 10 * count
    else:
        plane = count if layout == BYTE_PLANES else (count + 7) // 8
        fits = size % plane == 0 and size // plane <= (8 if layout == BYTE_PLANES else 64)
    if not fits:
        raise BlockError(f"{size} bytes cannot be {count} residuals")


def lay_in(layout, count, plain):
    check_size(layout, count, len(plain))
    if layout == VARINT:
        reader = Reader(plain)
        residuals = [reader.varint() for _ in range(count)]
        if reader.offset != len(plain):
            raise BlockError("more residuals than values")
        return residuals
    if layout == BYTE_PLANES:
        planes = len(plain) // count
        return [
            sum(plain[plane * count + index] << 8 * plane for plane in range(planes))
            for index in range(count)
        ]
    plane_size = (count + 7) // 8
    residuals = [0] * (8 * plane_size)
    for plane in range(len(plain) // plane_size):
        for index in range(8 * plane_size):
            bit = plain[plane * plane_size + index // 8] >> index % 8 & 1
            residuals[index] |= bit << plane
    if any(residuals[count:]):
        raise BlockError("bits after the last value")
    return residuals[:count]


def on_grid(index, numerator, denominator):
    doubled = 2 * index * numerator + denominator
    if doubled != wrap(doubled):
        raise BlockError("a grid point overflows")
    return doubled // (2 * denominator)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: read_block.py FILE")
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        block = read_block(data)
    except BlockError as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(65)
    json.dump(block, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
