"""Arguments of commands: instants, ids, and names that the archive knows."""

import re
from datetime import UTC, datetime, timedelta

import click

CURSOR = click.IntRange(0, 2**63 - 1)  # SQLite's integers end there

_AGO = re.compile(r"(\d+) ?(min(?:ute)?s?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?)(?: ago)?")
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)  # in text, an earlier year would not have four digits
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant(text: str, now: datetime) -> datetime:
    """Parse a date, an ISO 8601 instant, "7d" or "today". It is in UTC unless it names a zone.

    Raises ValueError or OverflowError.
    """
    word = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        return midnight - timedelta(days=word == "yesterday")
    if ago := _AGO.fullmatch(word):
        return now - timedelta(**{_UNITS[ago[2][0]]: int(ago[1])})
    at = datetime.fromisoformat(text.strip())
    return max(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), _EARLIEST)


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return instant(str(value), datetime.now(UTC))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no instant: name a date such as 2026-03-01, an instant such as 2026-03-01T14:30Z, or 7d,"
                " 12h, 2w, today, yesterday (all in UTC)",
                param,
                ctx,
            )


INSTANT = Instant()


class Text(click.ParamType[str]):
    """A name or query in UTF-8: SQLite takes no other."""

    name = "text"

    def __init__(self, *, empty_allowed: bool = False) -> None:
        self._empty_allowed = empty_allowed

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if any("\ud800" <= character <= "\udfff" for character in text):  # bytes that Python could not decode
            self.fail(f"{text!r} is not UTF-8; write it in UTF-8", param, ctx)
        if not text.strip() and not self._empty_allowed:
            self.fail(f"{text!r} is empty; name something", param, ctx)
        return text
