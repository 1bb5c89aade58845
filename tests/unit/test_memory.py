import errno
import zlib
from xml.parsers.expat import ExpatError

import pytest
import zstandard
from lxml import etree

from ingest.errors import is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ExpatError("out of memory: line 1, column 0"),
        ImportError("backend_c.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        etree.XMLSyntaxError("Memory allocation failed : xmlSAX2Characters", 2, 0, 0),
        zlib.error("Error -4 while decompressing data: insufficient memory"),
        zstandard.ZstdError("cannot compress: Allocation error : not enough memory"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_librarys_error_for_memory_is_recognised(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, "No such file"),
        RecursionError("maximum recursion depth exceeded"),
        ValueError("Invalid isoformat string: 'out of memory'"),
        zlib.error("Error -3 while decompressing data: incorrect header check"),
        zstandard.ZstdError("decompression error: Data corruption detected"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_errors_do_not_mean_that_memory_ran_out(error):
    assert not is_out_of_memory(error)
