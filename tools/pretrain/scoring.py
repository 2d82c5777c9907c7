"""What tuning and the baselines share: encoding the task's rows and ranking its labels by likelihood."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import T5ForConditionalGeneration

from task import LABELS, read_jsonl


class Task:
    """The three splits as (token ids with </s>, class number), and the label ids with </s>."""

    def __init__(self, data: Path, tokenizer: Tokenizer):
        self.labels = torch.tensor([tokenizer.encode(label).ids for label in LABELS])
        self.splits = {
            name: [
                (tokenizer.encode(row["text"]).ids, LABELS.index(row["label"]))
                for row in read_jsonl(data / f"{name}.jsonl")
            ]
            for name in ("train", "validation", "test")
        }


def load_backbone(folder: Path) -> tuple[T5ForConditionalGeneration, Tokenizer]:
    """The exported model in fp32, and its tokenizer."""
    model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


def pad_rows(rows: list[tuple[list[int], int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as an id rectangle padded with 0, and their class numbers."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [0] * (width - len(ids)) for ids, _ in rows])
    return ids, torch.tensor([label for _, label in rows])


def label_scores(model, encoded: torch.Tensor, attention: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Summed log-likelihood of every label, its </s> included, given encoder states: (rows, labels)."""
    scores = []
    for label in labels:
        target = label.expand(len(encoded), -1).contiguous()
        logits = model(encoder_outputs=(encoded,), attention_mask=attention, labels=target).logits
        scores.append(logits.log_softmax(-1).gather(-1, target.unsqueeze(-1)).sum((1, 2)))
    return torch.stack(scores, 1)


@torch.no_grad()
def accuracy(model, embed, rows: list, labels: torch.Tensor, batch_size: int = 100) -> float:
    """Share of rows whose likeliest label is right; embed turns padded ids into (embeddings, attention mask)."""
    right = 0
    for start in range(0, len(rows), batch_size):
        ids, classes = pad_rows(rows[start : start + batch_size])
        embeddings, attention = embed(ids)
        encoded = model.encoder(inputs_embeds=embeddings, attention_mask=attention).last_hidden_state
        right += (label_scores(model, encoded, attention, labels).argmax(1) == classes).sum().item()
    return right / len(rows)
