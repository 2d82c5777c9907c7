"""Writes a checkpoint in the layout that dept ships: fp16 weights, the tied table once, and config.json.

python export.py --checkpoint work/run/step-020000 --out ../../stdlib/data/wordnet-t5
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import T5ForConditionalGeneration

from pretrain import CONFIG

TIED_NAMES = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")


def exported_weights(model: T5ForConditionalGeneration) -> dict[str, torch.Tensor]:
    """The state dictionary in fp16, with the tied table only under shared.weight."""
    return {
        name: tensor.to(torch.float16).contiguous()
        for name, tensor in model.state_dict().items()
        if name not in TIED_NAMES
    }


def exported_config() -> dict:
    """What config.json holds; n_positions is the longest input that pretraining saw."""
    return {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        **CONFIG,
        "initializer_factor": 1.0,
        "is_encoder_decoder": True,
        "layer_norm_epsilon": 1e-6,
        "n_positions": 48,
        "torch_dtype": "float16",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    model = T5ForConditionalGeneration.from_pretrained(args.checkpoint, dtype=torch.float32)
    temporary = args.out / "model.safetensors.tmp"
    save_file(exported_weights(model), temporary, metadata={"format": "pt"})
    temporary.chmod(0o644)
    temporary.replace(args.out / "model.safetensors")
    temporary = args.out / "config.json.tmp"
    temporary.write_text(json.dumps(exported_config(), indent=2) + "\n", encoding="utf8")
    temporary.replace(args.out / "config.json")

    again = T5ForConditionalGeneration.from_pretrained(args.out, dtype=torch.float32)
    largest = max((a - b).abs().max().item() for a, b in zip(model.parameters(), again.parameters()))
    print(f"{(args.out / 'model.safetensors').stat().st_size} bytes; largest rounding difference {largest:.2g}")


if __name__ == "__main__":
    main()
