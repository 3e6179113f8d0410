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
VARINT, BYTE_PLANES, BIT_PLANES, CODED = range(4)
RATES = [655360 // (10 * seen + 16) for seen in range(31)]


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
    if signature & 15 > 2:
        raise BlockError(f"version {signature & 15} is newer than this reader")
    kind = reader.byte()
    row_count = reader.varint(most=ROWS_MAX)
    entries = [read_entry(reader, signature & 15, row_count) for _ in range(reader.varint(most=COLUMNS_MAX))]
    if len({entry["id"] for entry in entries}) < len(entries):
        raise BlockError("a column twice")
    payloads = [reader.take(entry["size"]) for entry in entries]
    body = data[: reader.offset]
    if zlib.crc32(body) != int.from_bytes(reader.take(4), "little"):
        raise BlockError("checksum mismatch")
    if reader.offset != len(data):
        raise BlockError(f"more bytes after byte {reader.offset}")
    parts = {entry["id"]: (entry, payload) for entry, payload in zip(entries, payloads)}
    columns = [{"id": id, "values": decode(id, parts)} for id in parts]
    return {
        "version": signature & 15, "kind": kind, "rowCount": row_count, "columns": columns,
    }


def read_entry(reader, version, row_count):
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
        is_known = encoding & 3 != CODED or version > 1 and not encoding & 0x40
        if not is_known or count < family:
            raise BlockError(f"encoding {encoding:#04x} does not fit {count} values")
        entry["size"] = reader.varint(most=8 * count + 48)
    return entry


def decode(id, parts, is_neighbour=False):
    entry, payload = parts[id]
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
    if layout == CODED:
        beside = neighbour(entry, head.varint(most=129), parts, is_neighbour)
        residuals = read_coded(head.rest(), residual_count, beside[order:] if beside else beside)
    elif encoding & 0x40:
        plain = inflate(layout, residual_count, head.varint(least=1), head.rest())
        residuals = lay_in(layout, residual_count, plain)
    else:
        residuals = lay_in(layout, residual_count, head.rest())
    if not encoding & 0x10:
        residuals = [unzigzag(residual) for residual in residuals]
    values = [wrap(base + divisor * residual) for residual in residuals]
    for start in reversed(starts):
        sums = [start]
        for difference in values:
            sums.append(wrap(sums[-1] + difference))
        values = sums
    return [on_grid(value, *grid) for value in values] if grid else values


def neighbour(entry, context, parts, is_neighbour):
    """None: no context; []: the lengths before; else the values of another column."""
    if context < 2:
        return [] if context == 1 else None
    id = context - 2
    if is_neighbour or id not in parts or parts[id][0]["count"] != entry["count"]:
        raise BlockError(f"column {entry['id']} has no neighbour {id}")
    return decode(id, parts, is_neighbour=True)


class CodedBits:
    """Bits of a binary range coder, each with a model that learns from it."""

    def __init__(self, data):
        self.data, self.offset = data, 0
        self.code, self.range = 0, 0xFFFFFFFF
        self.models = {}
        for _ in range(4):
            self.code = self.code << 8 | self.byte()

    def byte(self):
        self.offset += 1
        return self.data[self.offset - 1] if self.offset <= len(self.data) else 0

    def settle(self):
        while self.range < 1 << 24:
            self.range <<= 8
            self.code = self.code << 8 | self.byte()

    def bit(self, model):
        share, seen = self.models.get(model, (1 << 15, 0))
        part = self.range * share >> 16
        bit = self.code < part
        if bit:
            self.range = part
        else:
            self.code -= part
            self.range -= part
        share += ((65535 if bit else 0) - share) * RATES[seen] >> 16
        self.models[model] = (min(max(share, 32), 65503), min(seen + 1, 30))
        self.settle()
        return int(bit)

    def number(self, count):
        number = 0
        for _ in range(count):
            self.range >>= 1
            bit = self.code < self.range
            if not bit:
                self.code -= self.range
            number = number << 1 | int(bit)
            self.settle()
        return number


def read_coded(data, count, beside):
    bits, residuals, last, before = CodedBits(data), [], 0, 0
    for index in range(count):
        context, side = 0, 0
        if beside:
            size = abs(beside[index])
            side = min(size.bit_length(), 19)
            context = size if size < 24 else 24 + side
        elif beside is not None:
            context = min((2 * last + before + 1) // 3, 19)
        length = 1
        while length < 64:
            length = length << 1 | bits.bit(("length", context, length))
        length -= 64
        if length == 63:
            length += bits.bit(("length", context, 0))
        last, before = length, last
        if length == 0:
            residuals.append(0)
            continue
        node, learned = 1, min(length - 1, 4)
        for _ in range(learned):
            node = node << 1 | bits.bit(("leading", length, side, node))
        rest = length - 1 - learned
        residuals.append(node << rest | bits.number(rest))
    if not len(data) <= bits.offset <= len(data) + 3:
        raise BlockError("coded bits do not end with the payload")
    return residuals


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
