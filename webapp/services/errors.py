"""What services refuse, as sentences for the person at the screen."""


class ServiceError(Exception):
    """Base of all refusals; `str()` of it can be shown as it is."""


class NotFound(ServiceError):
    """There is no such row (any more)."""


class Refused(ServiceError):
    """A rule of the product forbids it; the sentence says which and what to do instead."""


class Conflict(ServiceError):
    """Somebody else changed it in the meantime."""
