"""Proves two things about the pretraining text, or exits with an error:

1. no validation or test gloss stands in any pretraining input or target, not even as a part of it, once case and
   white space are folded;
2. in every batch of the first --steps steps (the stream is a function of the seed), no target, be it an answer or
   a corrupted span, holds a class name or its plural, whole or among other words.

python check_leaks.py --work work --data ../../stdlib/data/gloss-supersense --tokenizer ... --steps 20000
"""

import argparse
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from batches import BatchStream, load_items
from task import LABELS, SPLITS, mentions_class_name, normalise, read_jsonl


def check_splits(data: Path) -> list[str]:
    """Checks sizes, labels and duplicates of the three splits; returns the normalised evaluation glosses."""
    splits = {name: read_jsonl(data / f"{name}.jsonl") for name in SPLITS}
    texts = [normalise(row["text"]) for rows in splits.values() for row in rows]
    if {name: len(rows) for name, rows in splits.items()} != SPLITS:
        raise SystemExit("a split has the wrong size")
    if len(set(texts)) != len(texts):
        raise SystemExit("a text stands twice in the task")
    if any(row["label"] not in LABELS for rows in splits.values() for row in rows):
        raise SystemExit("a row has an unknown label")
    print(f"{len(texts)} task texts, all different, all labelled")
    return [normalise(row["text"]) for name in ("validation", "test") for row in splits[name]]


def check_glosses(work: Path, glosses: list[str]) -> None:
    """No evaluation gloss is a substring of any pretraining text."""
    rows = read_jsonl(work / "pretrain.jsonl")
    texts = {normalise(row[side]) for row in rows for side in ("input", "target") if side in row}
    everything = "\n".join(sorted(texts))
    leaked = [gloss for gloss in glosses if gloss in everything]
    if leaked:
        raise SystemExit(f"{len(leaked)} evaluation glosses stand in the pretraining text, such as {leaked[0]!r}")
    print(f"{len(glosses)} evaluation glosses: none is a part of any of {len(texts)} different pretraining texts")


def check_class_names(work: Path, tokenizer: Tokenizer, steps: int, batch_size: int, seed: int) -> None:
    """Replays the batches of the run and looks for class names in what the decoder was to say."""
    stream = BatchStream(load_items(work / "pretrain.jsonl", tokenizer), tokenizer, batch_size, seed)
    targets = 0
    for step, (_, target) in enumerate(stream.batches()):
        if step == steps:
            break
        if np.isin(target, stream.class_ids).any():
            raise SystemExit(f"step {step}: a class name's piece stands in a target")
        texts = tokenizer.decode_batch([row[row >= 0].tolist() for row in target], skip_special_tokens=False)
        for text in texts:
            if mentions_class_name(text):
                raise SystemExit(f"step {step}: a class name stands in the target {text!r}")
        targets += len(texts)
    print(f"{targets} targets in {steps} steps: none holds a class name")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    check_glosses(args.work, check_splits(args.data))
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    check_class_names(args.work, tokenizer, args.steps, args.batch_size, args.seed)


if __name__ == "__main__":
    main()
