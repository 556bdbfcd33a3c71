"""The baseline of `npm run bench -- --torch PYTHON`: the same work in transformers on PyTorch, fp32, eager, sdpa attention.

Called with one JSON argument {"work": "train"|"generate", "config": {...Llama config...}, "batch", "length", "newTokens",
"seconds", "threads"}; prints one JSON line {"tokensPerSecond", "peakMB"}.
"""
import json
import resource
import sys
import time

job = json.loads(sys.argv[1])
import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.set_num_threads(job["threads"])
torch.manual_seed(0)
config = LlamaConfig(**job["config"])
config._attn_implementation = "sdpa"
model = LlamaForCausalLM(config)
B, T = job["batch"], job["length"]
ids = torch.randint(3, config.vocab_size, (B, T))
rates = []


def measure(work, tokens):
    work()
    work()
    start = time.perf_counter()
    while time.perf_counter() - start < job["seconds"] or len(rates) < 3:
        t = time.perf_counter()
        work()
        rates.append(tokens / (time.perf_counter() - t))


if job["work"] == "train":
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step():
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    measure(step, B * T)
else:
    model.eval()
    n = job["newTokens"]

    def generate():
        with torch.no_grad():
            model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                           min_new_tokens=n, max_new_tokens=n, pad_token_id=0)

    measure(generate, B * n)

rates.sort()
print(json.dumps({"tokensPerSecond": rates[len(rates) // 2], "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
