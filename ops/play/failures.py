"""Errors of work done side by side, told as the one that came first."""


def first_cause(error: BaseException) -> BaseException:
    """Return the first error inside groups of errors: the others follow from it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
