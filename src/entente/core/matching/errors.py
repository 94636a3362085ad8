"""What can be wrong with a question to an index, with its file, or with the changes it is fed."""


class MatchingError(ValueError):
    """Base of this package's errors."""


class RadiusTooWide(MatchingError):
    """The radius is outside what this index answers exactly; the message names the widest."""


class MalformedHash(MatchingError):
    """A hash has another length or type than the index holds; the message names the row."""


class BadSegment(MatchingError):
    """The file is no whole segment of this version: cut short, foreign, altered. Build it again."""


class ChangesMissing(MatchingError):
    """The change sequence has a gap, or the changes overlap out of order. Read again from `reached` + 1."""
