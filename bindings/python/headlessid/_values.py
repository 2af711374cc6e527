"""Python values as text for the library, and back. The generated code calls these; text and URLs need no conversion,
since str and bytes are passed on as they are. None is absent everywhere.

A value may be secret: no frame holds it when an exception is raised here, and messages name types only."""

from __future__ import annotations

from ._errors import bad_argument
from ._hidden import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Callable, NoReturn, Union

    Text = Union[str, bytes, bytearray]
    Converter = Callable[[str, Any], Any]


def _wrong(name: str, wanted: str, kind: type) -> NoReturn:
    raise TypeError(f"{name} must be {wanted}, not {kind.__name__}")


def flag(name: str, value: bool | None) -> str | None:
    """True and False as the library spells them."""
    if value is None:
        return None
    if value is True:
        return "true"
    if value is False:
        return "false"
    kind = type(value)
    del value
    _wrong(name, "True or False", kind)


def integer(name: str, value: int | None) -> str | None:
    """An int in decimal. A bool is a mistake."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    kind = type(value)
    del value
    _wrong(name, "int", kind)


def joined(name: str, value: Text | Sequence[str] | None) -> Text | None:
    """A list as words separated by spaces; text as it is."""
    if value is None or isinstance(value, (str, bytes, bytearray)):
        return value
    kind = type(value)
    try:
        return " ".join(value)
    except Exception:
        # Raised below, and not from here: the frames of what was raised hold the value.
        del value
    _wrong(name, "text or a list of str", kind)


def keyed(name: str, value: Text | Sequence[str] | Mapping[str, bytes | str] | None) -> Text | None:
    """A secret list of keys with names: a mapping of ID to bytes, or to their base64, becomes the words "id:base64"."""
    given = Hidden(value)
    del value
    if isinstance(given(), (str, bytes, bytearray, list, tuple)) or not hasattr(given(), "items"):
        return joined(name, given())
    words = Hidden(None)
    try:
        words = Hidden(_words(given()))
    except Exception:
        # Raised below, and not from here: the frames of what was raised hold the keys.
        pass
    if isinstance(words(), str):
        return str(words())
    of = f" of {words().__name__}" if isinstance(words(), type) else ""
    raise TypeError(
        f"{name} must be text, a list of str, or a mapping of each id to its 32 bytes, or to their base64, "
        f"not {type(given()).__name__}{of}"
    )


def _words(keys: Mapping[Any, Any]) -> str | type:
    """The words; the type of an ID or a key that is of none of the right ones."""
    words = []
    for word, key in keys.items():
        text = _key_text(key)
        if not isinstance(word, str):
            return type(word)
        if text is None:
            return type(key)
        words.append(f"{word}:{text}")
    return " ".join(words)


def _key_text(key: Any) -> str | None:
    """Base64 of a key's bytes; its own text, if that is one word. The library judges both."""
    import base64

    if isinstance(key, (bytes, bytearray)):
        return base64.urlsafe_b64encode(key).decode().rstrip("=")
    if isinstance(key, str):
        # As it is read from a file. Two words would be two keys.
        return key.strip() if len(key.split()) < 2 else "?"
    return None


def json_text(name: str, value: Text | Mapping[str, Any] | None) -> Text | None:
    """A mapping as JSON; text as it is."""
    if value is None or isinstance(value, (str, bytes, bytearray)):
        return value
    import json

    kind = type(value)
    try:
        return json.dumps(dict(value))
    except Exception:
        del value
    _wrong(name, "text, or a mapping that JSON can express", kind)


def any_text(name: str, value: Any) -> Any:
    """The text of a value by its type: for a Flow's parameters by name."""
    given = Hidden(value)
    del value
    if isinstance(given(), bool):
        return flag(name, given())
    if isinstance(given(), int):
        return str(given())
    if isinstance(given(), (list, tuple)):
        return joined(name, given())
    if hasattr(given(), "items"):
        return json_text(name, given())
    if hasattr(given(), "to_json"):
        return given().to_json()
    return given()


def convert(given: Hidden, converters: dict[str, Converter]) -> None:
    """Converts values by name to text, in place."""
    for name, converter in converters.items():
        if given().get(name) is not None:
            given()[name] = converter(name, given()[name])


def record(*attributes: str) -> Converter:
    """Converts the result of an earlier flow, or any object with these attributes, to JSON; text as it is."""

    def convert_record(name: str, value: Any) -> Text | None:
        given = Hidden(value)
        del value
        if given() is None or isinstance(given(), (str, bytes, bytearray)):
            return given()  # type: ignore[no-any-return]
        kind = type(given())
        for attribute in attributes:
            if not hasattr(given(), attribute):
                raise bad_argument(name, f"has no {attribute}: {kind.__name__} is not the result of a flow, nor similar to one")
        found = Hidden({attribute: getattr(given(), attribute) for attribute in attributes})
        return json_text(name, {each: found()[each] for each in attributes if found()[each] is not None})

    return convert_record


def milliseconds(seconds: float | None) -> int | None:
    """A time limit in seconds as milliseconds for the library. Rounded up, so that a short limit remains a limit."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        kind = type(seconds)
        del seconds
        _wrong("timeout", "a number of seconds", kind)
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        raise bad_argument("timeout", "must be a number of seconds")
    return -int(-seconds * 1000 // 1)


def to_int(text: str | None) -> int | None:
    """A number from the library."""
    return None if text is None else int(text)


def words(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """A list from the library: words separated by spaces; empty if it is absent."""
    return tuple(filter(None, text.split(" "))) if isinstance(text, str) else tuple(text or ())


def to_flag(text: str | None) -> bool | None:
    """A flag from the library."""
    return None if text is None else text == "true"
