"""Python values as the text that the library takes, and back. The generated code calls these; text and URLs
need none, since str and bytes go down as they are. None is absent everywhere."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Sequence, Union

    Text = Union[str, bytes, bytearray]


def flag(value: bool | None) -> str | None:
    """True and False as the library writes them."""
    if value is None:
        return None
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise TypeError(f"a flag must be True or False, not {type(value).__name__}")


def integer(value: int | None) -> str | None:
    """An int in decimal. A bool is none: it would be a slip."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a number must be int, not {type(value).__name__}")
    return str(value)


def joined(value: Text | Sequence[str] | None) -> Text | None:
    """A list as words with a space between them; text as it is."""
    if value is None or isinstance(value, (str, bytes, bytearray)):
        return value
    return " ".join(value)


def keyed(value: Text | Sequence[str] | Mapping[str, bytes] | None) -> Text | None:
    """A secret list, whose entries may have names: a mapping of id to bytes is the words "id:base64url"."""
    if value is None or isinstance(value, (str, bytes, bytearray)):
        return value
    if hasattr(value, "items"):
        import base64

        value = [f"{name}:{base64.urlsafe_b64encode(key).decode().rstrip('=')}" for name, key in value.items()]
    return " ".join(value)


def json_text(value: Text | Mapping[str, Any] | None) -> Text | None:
    """A mapping as JSON; text as it is."""
    if value is None or isinstance(value, (str, bytes, bytearray)):
        return value
    import json

    return json.dumps(dict(value))


def any_text(value: Any) -> Any:
    """The text for a value whose kind is only known by its type: for a Flow's parameters by name."""
    if isinstance(value, bool):
        return flag(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return joined(value)
    if hasattr(value, "items"):
        return json_text(value)
    return value


def milliseconds(seconds: float | None) -> int | None:
    """A time limit in seconds, as callers have it, in milliseconds, as the library has it. Rounded up, so
    that a short limit stays a limit."""
    if seconds is None:
        return None
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        from ._errors import ArgumentError

        raise ArgumentError(
            "the time limit is not a number of seconds",
            kind="ARGUMENT",
            advice="FIX_ARGUMENT",
            reason="bad_value",
            field="timeout",
        )
    return -int(-seconds * 1000 // 1)


def to_int(text: str | None) -> int | None:
    """A number from the library."""
    return None if text is None else int(text)


def to_flag(text: str | None) -> bool | None:
    """A flag from the library."""
    return None if text is None else text == "true"
