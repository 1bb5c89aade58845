import pickle
from datetime import UTC, datetime

import pytest

from ingest.errors import HostBusy, PageFound, ParseError, Refused, WorkError

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "error",
    [
        ParseError("u", "no feed"),
        PageFound("u", "a page", ("https://a.example/feed",)),
        Refused("u", "too large"),
        HostBusy("u", "wait", UNTIL),
        WorkError("slow"),
    ],
)
def test_an_error_is_the_same_after_pickling(error):
    there = pickle.loads(pickle.dumps(error))
    assert (type(there), str(there), there.args) == (type(error), str(error), error.args)
