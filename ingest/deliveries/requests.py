"""What a user asks of a hook: `ingest hooks resend`, `drop`, `rewind` and `forget`."""

from collections.abc import Sequence
from typing import Literal

from ingest.errors import IngestError
from ingest.text.markup import count
from storage.archive import Archive

Request = Literal["resend", "drop", "rewind", "forget"]


def change_hook(
    archive: Archive, do: Request, hook: str, *, ids: Sequence[int] | None = None, seq: int | None = None
) -> int:
    """Do it, inside a transaction. Return the number of deliveries that are pending again, or are deleted.

    `ids` are dead letters of the hook, None for all. `seq` is the change after which the hook goes on. Raises
    IngestError if that is not possible.
    """
    row = archive.hook(hook)
    if row is None:
        raise IngestError(f"{hook}: the archive has no hook of this name; `ingest hooks list` shows them")
    if do == "rewind":
        last = archive.last_seq()
        if seq is None or seq > last:
            raise IngestError(f"{hook}: there is no change {seq}: the last one is {last}; name it or an earlier one")
        return archive.rewind_hook(hook, seq)
    if do == "forget":
        if row.active:
            raise IngestError(f"{hook}: is a hook of the settings; take it out there first, and reload the daemon")
        return _forget(archive, hook)
    letters = {letter["id"] for letter in archive.dead_letters(hook)}
    if unknown := sorted(set(ids or ()) - letters):
        which = f"{count(len(unknown), 'dead letter')} {', '.join(map(str, unknown[:5]))}"
        raise IngestError(f"{hook}: it has no {which}; `ingest hooks dead {hook}` shows what there is")
    return archive.resend(hook, ids) if do == "resend" else archive.drop_dead_letters(hook, ids)


def _forget(archive: Archive, hook: str) -> int:
    letters = len(archive.dead_letters(hook))
    archive.forget_hook(hook)
    return letters
