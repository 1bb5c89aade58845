"""What can go wrong with an archive file, one class per cause, one sentence each.

ArchiveError
├── ArchiveLocked        another process is writing to it
├── ArchiveMissing       there is no such file yet
├── ArchiveDamaged       the file is damaged, or no archive at all
├── ArchiveTooNew        a later version of the program has changed its schema
├── ArchiveGone          the name no longer leads to the file that is being written
├── ArchiveOverwritten   something other than SQLite, or a restore, has written the file meanwhile
└── ArchiveUnwritable    read-only, no folder, full disk, failing disk, several names
"""


class ArchiveError(Exception):
    """Root of the archive's errors; `str()` of one names the file, the cause and the remedy."""


class ArchiveLocked(ArchiveError):
    pass


class ArchiveMissing(ArchiveError):
    pass


class ArchiveDamaged(ArchiveError):
    pass


class ArchiveTooNew(ArchiveError):
    pass


class ArchiveGone(ArchiveError):
    pass


class ArchiveOverwritten(ArchiveError):
    pass


class ArchiveUnwritable(ArchiveError):
    pass
