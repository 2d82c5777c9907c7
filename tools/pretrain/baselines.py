"""Honest numbers to print beside a tuned prompt: majority class, naive Bayes, and full fine-tuning.

python baselines.py --backbone ../../stdlib/data/wordnet-t5 --data ../../stdlib/data/gloss-supersense
"""

import argparse
import json
import math
import random
import re
import time
from collections import Counter
from pathlib import Path

import torch

from scoring import Task, accuracy, load_backbone, pad_rows
from task import LABELS, read_jsonl


def majority(train: list[dict], test: list[dict]) -> float:
    """Accuracy of always answering the most frequent training class."""
    answer = Counter(row["label"] for row in train).most_common(1)[0][0]
    return sum(row["label"] == answer for row in test) / len(test)


def words(text: str) -> list[str]:
    """The lower-case words of a text."""
    return re.findall(r"[a-z]+", text.lower())


def naive_bayes(train: list[dict], test: list[dict], smoothing: float) -> float:
    """Accuracy of multinomial naive Bayes over words with additive smoothing."""
    priors = Counter(row["label"] for row in train)
    counts = {label: Counter() for label in LABELS}
    for row in train:
        counts[row["label"]].update(words(row["text"]))
    vocabulary = set().union(*counts.values())
    totals = {label: sum(counts[label].values()) + smoothing * len(vocabulary) for label in LABELS}

    def score(known: list[str], label: str) -> float:
        likelihood = sum(math.log((counts[label][word] + smoothing) / totals[label]) for word in known)
        return math.log(priors[label] / len(train)) + likelihood

    right = 0
    for row in test:
        known = [word for word in words(row["text"]) if word in vocabulary]
        right += max(LABELS, key=lambda label: score(known, label)) == row["label"]
    return right / len(test)


def full_fine_tuning(args: argparse.Namespace) -> dict:
    """Trains every weight of the backbone on the same rows; the epoch with the best validation accuracy counts."""
    torch.manual_seed(args.seed)
    model, tokenizer = load_backbone(args.backbone)
    task = Task(args.data, tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.0)
    rows, picker, batch = task.splits["train"], random.Random(args.seed), args.batch_size
    steps_per_epoch = len(rows) // batch
    total = args.epochs * steps_per_epoch

    def embed(ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return model.shared(ids), ids != 0

    best = {"validation": 0.0}
    started = time.time()
    for epoch in range(args.epochs):
        order = picker.sample(rows, len(rows))
        for i in range(steps_per_epoch):
            step = epoch * steps_per_epoch + i
            optimizer.param_groups[0]["lr"] = args.lr * min(1.0, (step + 1) / 50) * (1 - step / total)
            ids, classes = pad_rows(order[i * batch : (i + 1) * batch])
            loss = model(input_ids=ids, attention_mask=ids != 0, labels=task.labels[classes]).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        scores = {name: accuracy(model, embed, task.splits[name], task.labels) for name in ("validation", "test")}
        print(json.dumps({"epoch": epoch + 1, **scores, "seconds": round(time.time() - started)}), flush=True)
        if scores["validation"] > best["validation"]:
            best = {"epoch": epoch + 1, **scores}
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    train, test = (read_jsonl(args.data / f"{name}.jsonl") for name in ("train", "test"))
    validation = read_jsonl(args.data / "validation.jsonl")
    print(json.dumps({"majority": majority(train, test)}))
    smoothing = max((0.05, 0.1, 0.2, 0.5, 1.0), key=lambda value: naive_bayes(train, validation, value))
    print(json.dumps({"naive Bayes": naive_bayes(train, test, smoothing), "smoothing": smoothing}), flush=True)
    print(json.dumps({"full fine-tuning": full_fine_tuning(args)}))


if __name__ == "__main__":
    main()
