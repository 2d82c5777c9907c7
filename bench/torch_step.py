"""The training step in PyTorch, for `bench/` to measure beside ours. It reads one JSON request a line and answers with one JSON line.

    python bench/torch_step.py --model FOLDER --device cpu|cuda [--threads N] [--tf32]

`{"do": "setup", "name", "mode", "method", "batch"}` makes a contender and runs one step unmeasured; answers its first `loss`.
`{"do": "step", "name", "steps"}` runs steps; answers their `seconds`, the `cpuSeconds` of all threads, the last `loss` and the `peakBytes` meanwhile (of the
device; on a CPU of the process, `baseBytes` of it held before).
`{"do": "drop", "name"}` forgets a contender.

mode "reference" does what the authors' code does: every input padded to `s`, A·B scaled by 8/sqrt(rank) and repeated over the
batch, dropout active, eager attention. mode "fair" is the best plain loop we know: inputs padded to the batch's longest, no
dropout, PyTorch's own fused attention. Both have float32 weights without gradients, AdamW in two groups, one clip over
all gradients.
"""

import argparse
import gc
import json
import math
import sys
import time

import torch
from transformers import T5ForConditionalGeneration
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--threads", type=int)
    parser.add_argument("--tf32", action="store_true", help="allow TF32 in matrix products (cuda)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.device == "cuda" and not torch.cuda.is_available():
        answer({"error": "torch finds no CUDA device"})
        return
    torch.backends.cuda.matmul.allow_tf32 = options.tf32
    torch.backends.cudnn.allow_tf32 = options.tf32

    # The two implementations of attention share one set of weights.
    model = T5ForConditionalGeneration.from_pretrained(options.model, dtype=torch.float32, attn_implementation="eager")
    model.requires_grad_(False)
    model.to(options.device)
    answer({"ready": describe(options)})

    contenders = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["name"]
        try:
            if request["do"] == "drop":
                contenders.pop(name, None)
                gc.collect()
                answer({"name": name})
            elif request["do"] == "setup":
                contenders[name] = Contender(model, options.device, request)
                answer({"name": name, "loss": contenders[name].step()})
            else:
                answer({"name": name, **measured(contenders[name], request.get("steps", 1), options.device)})
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            answer({"name": name, "error": str(error).splitlines()[0]})


class Contender:
    """One way to run the step on one batch, with trained tensors of its own."""

    def __init__(self, model, device, request):
        self.model = model
        self.device = device
        self.method = request["method"]
        self.reference = request["mode"] == "reference"
        inputs, targets = request["batch"]["inputs"], request["batch"]["targets"]
        rows = self.method["s"] if self.reference else max(map(len, inputs))
        self.ids = padded(inputs, rows, 0).to(device)
        self.labels = padded(targets, max(map(len, targets)), -100).to(device)
        length, rank, width = (self.method[key] for key in ("length", "rank", "width"))
        ones = torch.arange(rows)[None] < torch.tensor([len(row) for row in inputs])[:, None]
        self.mask = torch.cat([torch.ones(len(inputs), length, dtype=torch.bool), ones], 1).long().to(device)

        self.prompt = self.tensor([length, width], 0.5)
        groups = [{"params": [self.prompt], "lr": 0.3}]
        if self.method["kind"] == "dept":
            self.a = self.tensor([self.method["s"], rank], 0.1)
            self.b = self.tensor([rank, width], 0.1)
            groups.append({"params": [self.a, self.b], "lr": 5e-4})
        self.trained = [tensor for group in groups for tensor in group["params"]]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), weight_decay=0.0)

    def tensor(self, shape, scale):
        count = math.prod(shape)
        values = [scale * math.sin(1 + index * 0.37) for index in range(count)]
        return torch.tensor(values, dtype=torch.float32, device=self.device).reshape(shape).requires_grad_()

    def embeddings(self):
        words = self.model.shared(self.ids)  # [batch, rows, width]
        batch, rows, _ = words.shape
        if self.method["kind"] == "dept":
            offset = self.a[:rows] @ self.b
            if self.reference:
                scale = 8 / math.sqrt(self.method["rank"])
                words = words + (scale * offset).repeat(batch, 1, 1)
            else:
                words = words + offset
        return torch.cat([self.prompt.expand(batch, -1, -1), words], 1)

    def step(self):
        self.model.train(self.reference)
        self.model.set_attn_implementation("eager" if self.reference else "sdpa")
        found = self.model(inputs_embeds=self.embeddings(), attention_mask=self.mask, labels=self.labels, use_cache=False)
        found.loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return found.loss.item()  # waits for the device


def padded(rows, width, filler):
    return torch.tensor([row + [filler] * (width - len(row)) for row in rows])


def measured(contender, steps, device):
    seconds, cpu_seconds = [], []
    base = start_peak(device)
    for _ in range(steps):
        started, cpu_started = time.perf_counter(), time.process_time()
        loss = contender.step()
        seconds.append(time.perf_counter() - started)
        cpu_seconds.append(time.process_time() - cpu_started)
    return {"seconds": seconds, "cpuSeconds": cpu_seconds, "loss": loss, "baseBytes": base, "peakBytes": peak(device)}


def start_peak(device):
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # forgets the peak
    except OSError:
        pass
    return status("VmRSS")


def peak(device):
    return torch.cuda.max_memory_allocated() if device == "cuda" else status("VmHWM")


def status(field):
    """Bytes; None where there is no /proc."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
    except OSError:
        return None


def describe(options):
    name = torch.cuda.get_device_name() if options.device == "cuda" else f"{torch.get_num_threads()} threads"
    return f"torch {torch.__version__} on {options.device} ({name})"


def answer(found):
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
