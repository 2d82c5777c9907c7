"""Trains the SentencePiece-like unigram tokenizer on the pretraining text and writes the tokenizer files.

python train_tokenizer.py --work work --out ../../stdlib/data/wordnet-t5
"""

import argparse
import json
import math
import re
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from batches import MAXIMUM_SOURCE, SENTINELS
from task import LABELS, read_jsonl

VOCABULARY_SIZE = 4096
SPECIAL_TOKENS = ["<pad>", "</s>", "<unk>"]


def corpus(items: list[dict]) -> list[str]:
    """Each definition with its words once, each answer once, and the task names."""
    texts = [item["input"] for item in items if item["task"] == "span"]
    texts += [item["target"] for item in items if item["task"] == "kind of"]
    texts += [item["task"] + ":" for item in items if item["task"] == "category"]
    return texts


def new_tokenizer(model: models.Model) -> Tokenizer:
    """A tokenizer with T5's text handling: NFKC, single spaces, words marked by a leading U+2581."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    return tokenizer


def train_pieces(texts: list[str]) -> list[tuple[str, float]]:
    """The trained unigram pieces with their log-probabilities, special tokens first."""
    tokenizer = new_tokenizer(models.Unigram())
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY_SIZE - SENTINELS,
        special_tokens=SPECIAL_TOKENS,
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    pieces = [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]
    # Equal scores come out of the trainer in no fixed order.
    return pieces[:3] + sorted(pieces[3:], key=lambda entry: (-entry[1], entry[0]))


def with_class_names(pieces: list[tuple[str, float]], texts: list[str]) -> list[tuple[str, float]]:
    """Swaps the least likely multi-character pieces for class names that the trainer left in parts."""
    present = {piece for piece, _ in pieces}
    missing = ["\u2581" + label for label in LABELS if "\u2581" + label not in present]
    words = Counter(word for text in texts for word in re.findall(r"\S+", text))
    total = sum(words.values())
    replaceable = [i for i in range(len(pieces) - 1, 2, -1) if len(pieces[i][0]) > 1]
    for index, piece in zip(replaceable, missing):
        pieces[index] = (piece, math.log(max(1, words[piece[1:]]) / total))
    return pieces


def tokenizer_json(pieces: list[tuple[str, float]]) -> Tokenizer:
    """The finished tokenizer: sentinels last with <extra_id_0> the very last, </s> appended to every text."""
    sentinels = [f"<extra_id_{i}>" for i in reversed(range(SENTINELS))]
    vocabulary = pieces + [(sentinel, 0.0) for sentinel in sentinels]
    tokenizer = new_tokenizer(models.Unigram(vocabulary, unk_id=2, byte_fallback=False))
    tokenizer.add_special_tokens(SPECIAL_TOKENS + sentinels)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    texts = corpus(read_jsonl(args.work / "pretrain.jsonl"))
    tokenizer = tokenizer_json(with_class_names(train_pieces(texts), texts))
    if tokenizer.get_vocab_size() != VOCABULARY_SIZE:
        raise SystemExit(f"the vocabulary has {tokenizer.get_vocab_size()} entries, not {VOCABULARY_SIZE}")
    for label in LABELS:
        if len(tokenizer.encode(label).ids) != 2:
            raise SystemExit(f"{label} is not a single piece")
    tokenizer.save(str(args.out / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "additional_special_tokens": [f"<extra_id_{i}>" for i in range(SENTINELS)],
        "model_max_length": MAXIMUM_SOURCE,
        "clean_up_tokenization_spaces": False,
    }
    (args.out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
