"""Checks that the JavaScript library encodes every gloss as the Python one does (needs node and npm install).

python check_tokenizer.py --tokenizer ../../stdlib/data/wordnet-t5 --data ../../stdlib/data/gloss-supersense
"""

import argparse
import json
import subprocess
from pathlib import Path

from tokenizers import Tokenizer

from task import SPLITS, read_jsonl

HARD_TEXTS = [
    "",
    "two  spaces",
    " a space in front and a tab\tinside",
    "caf\u00e9 na\u00efve \u00bd \ufb01 Z\u00fcrich",
    "\u65e5\u672c is unknown",
    "<extra_id_0> stands before <extra_id_1>",
    "a text that ends already</s>",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(args.tokenizer / "tokenizer.json"))
    texts = [row["text"] for name in SPLITS for row in read_jsonl(args.data / f"{name}.jsonl")] + HARD_TEXTS
    expected = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    script = Path(__file__).with_name("encode.mjs")
    answer = subprocess.run(
        ["node", script, args.tokenizer], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    different = [text for text, a, b in zip(texts, expected, json.loads(answer.stdout), strict=True) if a != b]
    if different:
        raise SystemExit(f"{len(different)} texts are encoded differently, such as {different[0]!r}")
    print(f"{len(texts)} texts, encoded alike; the longest has {max(map(len, expected))} tokens")


if __name__ == "__main__":
    main()
