"""The files in a zip, with errors that say which."""

import io
import zipfile
import zlib

from gex.errors import SourceError, TooLargeError

_LARGEST_ENTRY = 1 << 28  # bytes unpacked: no file of quotes is larger, a bomb is


def zip_names(payload: bytes) -> list[str]:
    """The names of the files in a zip, sorted."""
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            return sorted(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError(f"not a whole zip file: {error}") from error


def zip_texts(payload: bytes, names: list[str]) -> list[str]:
    """The contents of the named files as text."""
    name = ""
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            texts = []
            for name in names:
                if archive.getinfo(name).file_size > _LARGEST_ENTRY:
                    raise TooLargeError(f"{name}: expected at most {_LARGEST_ENTRY} bytes unpacked")
                texts.append(archive.read(name).decode("utf-8", "replace"))
            return texts
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SourceError(f"{name or 'zip'}: not a whole zip file: {error}") from error
