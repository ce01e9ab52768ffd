"""Unpacking gzip as it comes in (RFC 1952), all its members, in pieces that a small stream cannot make large."""

import zlib
from collections.abc import Iterable, Iterator


def unzipped(pieces: Iterable[bytes], piece_bytes: int) -> Iterator[bytes]:
    """Yield what a gzip stream holds, at most `piece_bytes` at a time.

    Raises zlib.error for what is no gzip, EOFError for a stream that ends too early.
    """
    unzip = zlib.decompressobj(wbits=31)
    for piece in pieces:
        packed = piece
        while packed:
            if unzip.eof:  # one member may follow another (RFC 1952, 2.2)
                unzip = zlib.decompressobj(wbits=31)
            yield unzip.decompress(packed, piece_bytes)
            packed = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    yield unzip.flush()
    if not unzip.eof:
        raise EOFError
