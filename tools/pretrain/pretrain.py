"""Pretrains the tiny T5 on the WordNet items. Seed and number of steps decide the result.

python pretrain.py --work work --tokenizer ../../stdlib/data/wordnet-t5/tokenizer.json --steps 20000 --decay-steps 5000
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import T5Config, T5ForConditionalGeneration

from batches import BatchStream, load_items

CONFIG = dict(
    vocab_size=4096,
    d_model=128,
    d_kv=32,
    d_ff=512,
    num_layers=4,
    num_decoder_layers=2,
    num_heads=4,
    relative_attention_num_buckets=32,
    relative_attention_max_distance=128,
    dropout_rate=0.0,
    feed_forward_proj="relu",
    decoder_start_token_id=0,
    pad_token_id=0,
    eos_token_id=1,
    tie_word_embeddings=True,
)


def learning_rate(step: int, args: argparse.Namespace) -> float:
    """Warm-up, then min(peak, 1 / sqrt(step)), with a linear decay to 0 over the last decay_steps."""
    warm_up = min(1.0, (step + 1) / args.warm_up)
    decay = min(1.0, (args.steps - step) / args.decay_steps)
    return min(args.peak, (step + 1) ** -0.5) * warm_up * decay


class ClassNameMask:
    """Takes the class names out of the softmax, so that pretraining neither raises nor lowers them as answers."""

    def __init__(self, vocabulary_size: int, class_ids: list[int]):
        self.bias = torch.zeros(vocabulary_size)
        self.bias[class_ids] = float("-inf")

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits + self.bias


def pretraining_loss(model, mask: ClassNameMask, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over the target tokens; the head runs on real positions only."""
    attention = source != 0
    encoded = model.encoder(input_ids=source, attention_mask=attention).last_hidden_state
    decoder_input = torch.zeros_like(target)
    decoder_input[:, 1:] = target[:, :-1].clamp(min=0)
    decoded = model.decoder(
        input_ids=decoder_input, encoder_hidden_states=encoded, encoder_attention_mask=attention, use_cache=False
    ).last_hidden_state
    real = target != -100
    hidden = decoded[real] * model.config.d_model**-0.5
    return torch.nn.functional.cross_entropy(mask(hidden @ model.shared.weight.T), target[real])


def save_checkpoint(folder: Path, model, optimizer, step: int) -> None:
    """Writes the model and the optimizer state of a step, whole or not at all."""
    temporary = folder.with_name(folder.name + ".tmp")
    model.save_pretrained(temporary)
    torch.save({"optimizer": optimizer.state_dict(), "step": step}, temporary / "training.pt")
    os.rename(temporary, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--name", default="run")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--decay-steps", type=int, required=True)
    parser.add_argument("--warm-up", type=int, default=300)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--peak", type=float, default=2e-2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=2500)
    parser.add_argument("--resume", type=Path, help="a checkpoint folder to go on from")
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    stream = BatchStream(load_items(args.work / "pretrain.jsonl", tokenizer), tokenizer, args.batch_size, args.seed)
    model = T5ForConditionalGeneration(T5Config(**CONFIG))
    model.train()
    optimizer = torch.optim.Adafactor(model.parameters(), lr=args.peak, weight_decay=0.0)
    first_step = 0
    if args.resume:
        model.load_state_dict(T5ForConditionalGeneration.from_pretrained(args.resume).state_dict())
        saved = torch.load(args.resume / "training.pt")
        optimizer.load_state_dict(saved["optimizer"])
        first_step = saved["step"]
    mask = ClassNameMask(CONFIG["vocab_size"], stream.class_ids)
    parameters = sum(p.numel() for p in model.parameters())
    print(json.dumps({"parameters": parameters, "items": len(stream.items)}), flush=True)

    started, positions, recent = time.time(), 0, []
    for step, (source, target) in enumerate(stream.batches(first_step), start=first_step):
        if step == args.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
            loss = pretraining_loss(model, mask, torch.from_numpy(source), torch.from_numpy(target))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        positions += source.size + target.size
        recent.append(loss.item())
        if (step + 1) % 100 == 0:
            seconds = time.time() - started
            line = {"step": step + 1, "loss": round(sum(recent) / len(recent), 4), "positions": positions}
            print(json.dumps(line | {"seconds": round(seconds), "per_second": round(positions / seconds)}), flush=True)
            recent = []
        if (step + 1) % args.save_every == 0 or step + 1 == args.steps:
            save_checkpoint(args.work / args.name / f"step-{step + 1:06d}", model, optimizer, step + 1)


if __name__ == "__main__":
    main()
