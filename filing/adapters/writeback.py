"""A hint to the kernel to start writing early, so that a later barrier finds little to do.

Promises nothing and reports nothing; what makes bytes durable is durable.Barrier.
"""

import ctypes

_SYNC_FILE_RANGE_WRITE = 2

_libc = ctypes.CDLL(None)


def begin_writeback(handle: int, offset: int, length: int) -> None:
    """Ask the kernel to start writing a range of an open file, without waiting for it."""
    if hasattr(_libc, "sync_file_range"):
        _libc.sync_file_range(
            ctypes.c_int(handle),
            ctypes.c_int64(offset),
            ctypes.c_int64(length),
            ctypes.c_uint(_SYNC_FILE_RANGE_WRITE),
        )
