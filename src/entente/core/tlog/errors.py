"""What can be wrong with a value meant for, or coming from, the public log."""


class TlogError(ValueError):
    """Base of this package's errors: a value that the public log cannot take or that does not verify."""


class NotCanonical(TlogError):
    """The value has no canonical JSON form (RFC 8785 over I-JSON, RFC 7493)."""


class LeafRefused(TlogError):
    """The leaf breaks its published schema, or would disclose an address, a person or a fine time."""


class ReceiptInvalid(TlogError):
    """The receipt is malformed, was altered, or was not signed by the key given."""
