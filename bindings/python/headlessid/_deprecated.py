"""The mark of flows that Salesforce advises against (PEP 702)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if sys.version_info >= (3, 13):
    from warnings import deprecated
elif TYPE_CHECKING:
    from typing_extensions import deprecated
else:

    def deprecated(message):
        """Warns the caller at each call; type checkers and editors show the same."""

        def mark(function):
            import functools
            import inspect
            import warnings

            @functools.wraps(function)
            def warned(*arguments, **named):
                warnings.warn(message, category=DeprecationWarning, stacklevel=2)
                return function(*arguments, **named)

            if inspect.iscoroutinefunction(function) and hasattr(inspect, "markcoroutinefunction"):
                inspect.markcoroutinefunction(warned)
            warned.__deprecated__ = function.__deprecated__ = message
            return warned

        return mark


__all__ = ["deprecated"]
