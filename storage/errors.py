"""What can go wrong with an archive file: one class for each cause."""


class ArchiveError(Exception):
    """Root of the archive's errors; `str()` of one names the file, the cause and the remedy."""


class ArchiveLocked(ArchiveError):
    """Another process is writing to it."""


class ArchiveMissing(ArchiveError):
    """There is no such file yet."""


class ArchiveDamaged(ArchiveError):
    """The file is damaged, or not an archive."""


class ArchiveTooNew(ArchiveError):
    """A later version of the program has changed its schema."""


class ArchiveGone(ArchiveError):
    """The name no longer leads to the file that is being written."""


class ArchiveOverwritten(ArchiveError):
    """Another program, or a restore, has written over the file."""


class ArchiveUnwritable(ArchiveError):
    """It is read-only, has no folder, has several names, or its disk is full or failing."""
