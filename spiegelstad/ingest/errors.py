"""What can go wrong with a source, in words for its steward."""

from spiegelstad.base.errors import Conflict, InvalidInput, NotFound, SpiegelstadError, TooLarge, Unavailable
from spiegelstad.base.outgoing import HostNotAllowed

__all__ = [
    "FileTooLarge",
    "HostNotAllowed",
    "NotRead",
    "NothingToReplay",
    "ProgramFailed",
    "QuarantineFull",
    "SourceBusy",
    "SourceUnreachable",
    "UnknownRow",
    "UnknownSource",
    "UnusableFile",
]


class UnknownSource(NotFound):
    """This city has no such source, or the actor may not see it."""

    title = "Unknown source"


class UnknownRow(NotFound):
    """No such row is in quarantine."""

    title = "Unknown row"


class SourceBusy(Conflict):
    """Another run of the same source has not ended."""

    title = "This source is being read already"


class NotRead(Conflict):
    """This source isn't read: its messages come by themselves."""

    title = "This source is not read in runs"


class NothingToReplay(Conflict):
    """The raw files of the last run are not kept any more."""

    title = "There is nothing to replay"


class UnusableFile(InvalidInput):
    """A file fails as a whole: the last good version stays."""

    title = "The file can't be used"


class QuarantineFull(UnusableFile):
    """More rows fail than the definition allows."""

    title = "Too many rows fail"


class FileTooLarge(TooLarge):
    """A file, or what is packed in it, is larger than the definition allows."""

    title = "The file is too large"


class SourceUnreachable(Unavailable):
    """The place of the source doesn't answer, or not with the data."""

    title = "The source can't be reached"


class ProgramFailed(SpiegelstadError):
    """Something went wrong that isn't the source's fault."""

    title = "The program itself failed"
