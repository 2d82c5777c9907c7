"""Tells whether a checkpoint is worth tuning: on held-out synsets, the loss of true pairs against shuffled ones.

A backbone whose loss hardly rises when the inputs are exchanged does not read its input, and no prompt can
make it. python evaluate.py --checkpoint ../../stdlib/data/wordnet-t5 --tokenizer ... --work work
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import T5ForConditionalGeneration

from batches import BatchStream, load_items
from pretrain import ClassNameMask, pretraining_loss


@torch.no_grad()
def exact_rate(model, mask: ClassNameMask, source: torch.Tensor, target: torch.Tensor) -> float:
    """Share of rows whose every target token is the likeliest one, given the tokens before it."""
    logits = mask(model(input_ids=source, attention_mask=source != 0, labels=target).logits)
    return ((logits.argmax(-1) == target) | (target == -100)).all(1).float().mean().item()


@torch.no_grad()
def evaluate_task(model, mask: ClassNameMask, source: torch.Tensor, target: torch.Tensor) -> tuple[float, float, float]:
    """(loss of true pairs, loss with the inputs rotated by one row, exact-answer rate)."""
    true = pretraining_loss(model, mask, source, target).item()
    shuffled = pretraining_loss(model, mask, source.roll(1, 0), target).item()
    return true, shuffled, exact_rate(model, mask, source, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=500, help="rows of each task at most")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    model = T5ForConditionalGeneration.from_pretrained(args.checkpoint, dtype=torch.float32).eval()
    stream = BatchStream(load_items(args.work / "held_out.jsonl", tokenizer), tokenizer, args.rows, args.seed)
    mask = ClassNameMask(model.config.vocab_size, stream.class_ids)
    random = np.random.default_rng(args.seed)
    by_task = defaultdict(list)
    for item in stream.items:
        by_task[item.task].append(item)
    print("| task | rows | loss, true pairs | loss, shuffled | exact answer |\n|---|---|---|---|---|")
    for task, items in by_task.items():
        chosen = [items[i] for i in random.permutation(len(items))[: args.rows]]
        pairs = [stream.pair(item, random) for item in chosen]
        true, shuffled, exact = evaluate_task(model, mask, *map(torch.from_numpy, stream.pad(pairs)))
        print(f"| {task} | {len(pairs)} | {true:.2f} | {shuffled:.2f} | {exact:.2f} |")


if __name__ == "__main__":
    main()
