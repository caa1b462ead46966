"""Many arrays in one file, mapped into memory: ``arrays.bin`` holds them, ``catalogue.json`` says where.

One file means one map and one descriptor, however many lists and facets there are.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: The folder of the arrays in a snapshot.
FOLDER: Final = "catalogue"
_DATA: Final = "arrays.bin"
_HEAD: Final = "catalogue.json"
#: Each array starts at a multiple of this, in bytes, so that any element type may be read in place.
_ALIGNED: Final = 64

Integers = NDArray[np.int64]


class ArrayWriter:
    """Gathers arrays by name and writes them to a folder."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Take in an array under a name that no other has."""
        assert name not in self._arrays, name
        self._arrays[name] = np.ascontiguousarray(array)

    def add_texts(self, name: str, texts: Sequence[str]) -> None:
        """Take in strings, as their UTF-8 and where each begins."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        self.add(f"{name}/text", np.frombuffer(b"".join(encoded), np.uint8))
        self.add(f"{name}/starts", starts)

    def write(self, folder: Path) -> None:
        """Write everything into ``folder``, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        head: dict[str, tuple[str, int, int]] = {}
        with (folder / _DATA).open("wb") as file:
            for name, array in self._arrays.items():
                file.write(b"\0" * (-file.tell() % _ALIGNED))
                head[name] = (array.dtype.str, len(array), file.tell())
                file.write(array.tobytes())
            file.write(b"\0" * _ALIGNED)  # a map cannot be empty
        (folder / _HEAD).write_text(json.dumps(head, indent=0) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Texts(Sequence[str]):
    """Strings that stay in the file until one is read."""

    text: memoryview
    starts: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: Any) -> Any:
        return str(self.text[self.starts[index] : self.starts[index + 1]], "utf-8")


class Arrays:
    """The arrays of a folder, read in place; they cannot be changed."""

    def __init__(self, folder: Path) -> None:
        """Map the file. Raises OSError or ValueError when it is not there or not whole."""
        self._head: Mapping[str, tuple[str, int, int]] = json.loads((folder / _HEAD).read_text("utf-8"))
        with (folder / _DATA).open("rb") as file:
            self._map = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __contains__(self, name: str) -> bool:
        return name in self._head

    def get(self, name: str) -> NDArray[Any]:
        """Return the array of that name; of a name that there is not, KeyError."""
        kind, length, offset = self._head[name]
        return np.frombuffer(self._map, np.dtype(kind), length, offset)

    def texts(self, name: str) -> Texts:
        """Return the strings of that name."""
        _, length, offset = self._head[f"{name}/text"]
        return Texts(self._map[offset : offset + length], self.get(f"{name}/starts"))
