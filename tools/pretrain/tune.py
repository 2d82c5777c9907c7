"""Tunes the frozen backbone with DePT (Shi & Lipani, ICLR 2024): a short soft prompt plus a low-rank shift of
the input embeddings. The PyTorch oracle for what dept's own runtime should reach.

python tune.py --backbone ../../stdlib/data/wordnet-t5 --data ../../stdlib/data/gloss-supersense --steps 300
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

from batches import MAXIMUM_SOURCE, SENTINELS
from scoring import Task, accuracy, load_backbone, pad_rows


class Dept(torch.nn.Module):
    """Prompt of m vectors before the text; A (s x r) times B (r x d) is added to the text's embeddings."""

    def __init__(self, table: torch.Tensor, prompt_ids: torch.Tensor, r: int):
        super().__init__()
        self.table = table.detach()
        width = table.shape[1]
        self.prompt = torch.nn.Parameter(self.table[prompt_ids].clone())
        self.a = torch.nn.Parameter((torch.rand(MAXIMUM_SOURCE, r) * 2 - 1) / math.sqrt(max(r, 1)))
        self.b = torch.nn.Parameter(torch.zeros(r, width))

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded ids as (prompt and shifted embeddings, attention mask)."""
        text = self.table[ids] + (self.a @ self.b)[: ids.shape[1]]
        prompt = self.prompt.expand(len(ids), -1, -1)
        attention = torch.cat([torch.ones(prompt.shape[:2], dtype=torch.bool), ids != 0], 1)
        return torch.cat([prompt, text], 1), attention


def initial_prompt(args: argparse.Namespace, tokenizer: Tokenizer) -> torch.Tensor:
    """Ids of m vocabulary entries to start from: drawn at random, or the tokens of a text repeated to length m."""
    if args.init_text is None:
        return torch.randint(3, tokenizer.get_vocab_size() - SENTINELS, (args.m,))
    ids = tokenizer.encode(args.init_text, add_special_tokens=False).ids
    return torch.tensor((ids * args.m)[: args.m])


def tune(model, task: Task, dept: Dept, args: argparse.Namespace) -> None:
    """Trains the prompt and the shift; reports validation accuracy along the way."""
    optimizer = torch.optim.AdamW(
        [{"params": [dept.prompt], "lr": args.prompt_lr}, {"params": [dept.a, dept.b], "lr": args.shift_lr}],
        weight_decay=args.weight_decay,
    )
    peaks = [group["lr"] for group in optimizer.param_groups]
    picker = random.Random(args.seed)
    started = time.time()
    for step in range(args.steps):
        scale = min(1.0, (step + 1) / args.warm_up) * (1 - step / args.steps)
        for group, peak in zip(optimizer.param_groups, peaks):
            group["lr"] = peak * scale
        ids, classes = pad_rows(picker.sample(task.splits["train"], args.batch_size))
        embeddings, attention = dept(ids)
        loss = model(inputs_embeds=embeddings, attention_mask=attention, labels=task.labels[classes]).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(dept.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % args.report_every == 0 or step + 1 == args.steps:
            line = {
                "step": step + 1,
                "loss": round(loss.item(), 3),
                "validation": accuracy(model, dept, task.splits["validation"], task.labels),
                "seconds": round(time.time() - started),
            }
            print(json.dumps(line), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--m", type=int, default=10)
    parser.add_argument("--r", type=int, default=8)
    parser.add_argument("--init-text", help="words whose embeddings the prompt starts from; random entries without it")
    parser.add_argument("--prompt-lr", type=float, default=0.3)
    parser.add_argument("--shift-lr", type=float, default=5e-3)
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report-every", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    model, tokenizer = load_backbone(args.backbone)
    model.requires_grad_(False)
    task = Task(args.data, tokenizer)
    dept = Dept(model.shared.weight, initial_prompt(args, tokenizer), args.r)
    before = {name: accuracy(model, dept, task.splits[name], task.labels) for name in ("validation", "test")}
    print(json.dumps({"trained": sum(p.numel() for p in dept.parameters()), "before": before}), flush=True)
    tune(model, task, dept, args)
    print(json.dumps({"test": accuracy(model, dept, task.splits["test"], task.labels)}), flush=True)


if __name__ == "__main__":
    main()
