"""Pretraining batches: a stream that depends on the seed alone, so that any step can be made again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from task import LABELS, read_jsonl

MAXIMUM_SOURCE = 48
MAXIMUM_TARGET = 32
CORRUPTED_SHARE = 0.2
SPAN_LENGTHS = (1, 2, 3, 4)
END = 1
SENTINELS = 32
# The share of each task's items that one epoch holds.
EPOCH_SHARES = {
    "span": 1.0,
    "kind of": 1.0,
    "broader kind of": 0.7,
    "general kind of": 0.5,
    "category": 1.0,
    "group": 0.7,
    "topic": 1.0,
    "word for": 0.4,
    "part of speech": 0.1,
}


@dataclass
class Item:
    """One encoded pretraining item, without </s>. A span item has no target but says which tokens must stay."""

    task: str
    source: list[int]
    target: list[int] | None
    protected: list[bool] | None


CLASS_PIECES = {"\u2581" + label for label in LABELS}


def protected_tokens(tokens: list[str]) -> list[bool]:
    """Marks every token of a word in which a class name stands, as in "workplace": such words are never corrupted."""
    words, word_of_token = [], []
    for token in tokens:
        if token.startswith("\u2581") or not words:
            words.append("")
        words[-1] += token.removeprefix("\u2581").lower()
        word_of_token.append(len(words) - 1)
    named = [any(label in word for label in LABELS) for word in words]
    return [named[i] for i in word_of_token]


def load_items(path: Path, tokenizer: Tokenizer) -> list[Item]:
    """Encodes the pretraining items of a file, without those whose answer holds a class name's piece."""
    rows = read_jsonl(path)
    sources = tokenizer.encode_batch([row["input"] for row in rows], add_special_tokens=False)
    targets = tokenizer.encode_batch([row.get("target", "") for row in rows], add_special_tokens=False)
    items = []
    for row, source, target in zip(rows, sources, targets):
        ids = source.ids[: MAXIMUM_SOURCE - 1]
        if row["task"] == "span":
            items.append(Item("span", ids, None, protected_tokens(source.tokens)[: len(ids)]))
        elif CLASS_PIECES.isdisjoint(target.tokens):
            items.append(Item(row["task"], ids, target.ids[: MAXIMUM_TARGET - 1], None))
    return items


class BatchStream:
    """Endless length-bucketed batches of (source, target) id arrays, padded with 0 and -100."""

    def __init__(self, items: list[Item], tokenizer: Tokenizer, batch_size: int, seed: int):
        self.items = items
        self.batch_size = batch_size
        self.seed = seed
        self.sentinels = [tokenizer.token_to_id(f"<extra_id_{i}>") for i in range(SENTINELS)]
        self.class_ids = [tokenizer.encode(label).ids[0] for label in LABELS]

    def corrupt(self, item: Item, random: np.random.Generator) -> tuple[list[int], list[int]]:
        """T5 span corruption that leaves protected words alone."""
        length = len(item.source)
        hidden = [False] * length
        wanted = max(1, round(length * CORRUPTED_SHARE))
        for start in random.integers(length, size=wanted):
            for position in range(start, min(length, start + random.choice(SPAN_LENGTHS))):
                hidden[position] = not item.protected[position]
            if sum(hidden) >= wanted:
                break
        source, target, sentinel = [], [], 0
        for position, token in enumerate(item.source):
            if not hidden[position]:
                source.append(token)
                continue
            if position == 0 or not hidden[position - 1]:
                source.append(self.sentinels[sentinel])
                target.append(self.sentinels[sentinel])
                sentinel += 1
            target.append(token)
        return source, target[: MAXIMUM_TARGET - 1]

    def pair(self, item: Item, random: np.random.Generator) -> tuple[list[int], list[int]]:
        """The item's (source, target), corrupted here if it is a span item."""
        return self.corrupt(item, random) if item.target is None else (item.source, item.target)

    def epoch_batches(self, random: np.random.Generator) -> list[np.ndarray]:
        """One epoch's item numbers in shuffled batches of nearly equal source length."""
        share = np.array([EPOCH_SHARES[item.task] for item in self.items])
        chosen = np.flatnonzero(random.random(len(self.items)) < share)
        lengths = np.array([len(self.items[i].source) for i in chosen])
        chosen = chosen[np.argsort(lengths + 4 * random.random(len(chosen)))]
        full = len(chosen) // self.batch_size * self.batch_size
        batches = chosen[:full].reshape(-1, self.batch_size)
        return list(random.permutation(batches))

    def pad(self, pairs: list[tuple[list[int], list[int]]]) -> tuple[np.ndarray, np.ndarray]:
        """Pairs as two rectangles, </s> appended to both sides; refuses a class name in a target."""
        source = np.zeros((len(pairs), max(len(s) for s, _ in pairs) + 1), dtype=np.int64)
        target = np.full((len(pairs), max(len(t) for _, t in pairs) + 1), -100, dtype=np.int64)
        for row, (s, t) in enumerate(pairs):
            source[row, : len(s) + 1] = [*s, END]
            target[row, : len(t) + 1] = [*t, END]
        if np.isin(target, self.class_ids).any():
            raise ValueError("a class name stands in a pretraining target")
        return source, target

    def batches(self, first_step: int = 0):
        """Yields the batch of each step from first_step on."""
        step, epoch = 0, 0
        while True:
            epoch_random = np.random.default_rng((self.seed, epoch))
            for numbers in self.epoch_batches(epoch_random):
                if step >= first_step:
                    random = np.random.default_rng((self.seed, epoch, step))
                    yield self.pad([self.pair(self.items[i], random) for i in numbers])
                step += 1
            epoch += 1
