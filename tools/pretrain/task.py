"""The embedded tuning task, gloss -> supersense, and the text rules that keep it out of pretraining."""

import json
import re
import unicodedata
from pathlib import Path

# Lexicographer file number -> class name.
CLASSES = {5: "animal", 20: "plant", 18: "person", 6: "artifact", 13: "food", 15: "place"}
LABELS = list(CLASSES.values())
SPLITS = {"train": 6000, "validation": 1000, "test": 2000}

_CLASS_WORD = re.compile(r"\b(?:" + "|".join(LABELS) + r")s?\b", re.IGNORECASE)


def mentions_class_name(text: str) -> bool:
    """Whether a class name, or its plural, stands in the text as a word."""
    return _CLASS_WORD.search(text) is not None


def normalise(text: str) -> str:
    """Case and white space folded away: the form in which two texts are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_jsonl(path: Path) -> list[dict]:
    """The rows of a JSON Lines file."""
    with open(path, encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


def write_jsonl(path: Path, rows: list[dict]) -> None:
    """Writes the rows as JSON Lines through a temporary file, so that readers never see half of it."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", encoding="utf8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    temporary.replace(path)
