"""The baseline of `npm run bench -- --torch PYTHON`: the same work in transformers on PyTorch, fp32, eager, sdpa attention.

Called with one JSON argument {"work": "train"|"generate"|"ppo", "config": {...of the model...}, "batch", "length", "newTokens",
"seconds", "threads"}; prints one JSON line {"tokensPerSecond", "peakMB"}.
"""
import json
import resource
import sys
import time

job = json.loads(sys.argv[1])
import torch
import torch.nn.functional as F
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

torch.set_num_threads(job["threads"])
torch.manual_seed(0)
settings = {"model_type": "llama", **job["config"]}
config = AutoConfig.for_model(settings.pop("model_type"), attn_implementation="sdpa", **settings)
model = AutoModelForCausalLM.from_config(config)
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


def generate(policy, n):
    with torch.no_grad():
        return policy.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                               min_new_tokens=n, max_new_tokens=n, pad_token_id=0)


def train(policy, n):
    optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-4)

    def step():
        loss = policy(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    measure(step, B * T)


def ppo(policy, n, epochs=4, clip=0.2, beta=0.05, lam=0.95):
    """One iteration of PPO as lm-human-preferences has it, written plainly: a policy, its reference, a reward model, a critic of its own."""
    import copy

    reference = copy.deepcopy(policy).eval()
    config.num_labels, config.pad_token_id = 1, 0
    reward = AutoModelForSequenceClassification.from_config(config).eval()
    critic = copy.deepcopy(reward).train()
    policy.eval()  # no dropout, as in all the reference implementations
    optimizers = [torch.optim.AdamW(m.parameters(), lr=1e-6, weight_decay=0.0) for m in (policy, critic)]

    def log_probs(m, texts):
        logits = m(input_ids=texts).logits[:, T - 1 : -1]
        return F.log_softmax(logits, -1).gather(-1, texts[:, T:, None])[..., 0], logits

    def values(m, texts):
        return m.score(m.base_model(input_ids=texts).last_hidden_state)[:, T - 1 : -1, 0]

    def iteration():
        texts = generate(policy, n)
        with torch.no_grad():
            old, _ = log_probs(policy, texts)
            ref, _ = log_probs(reference, texts)
            scores = reward.score(reward.base_model(input_ids=texts).last_hidden_state)[:, -1, 0]
            before = values(critic, texts)
            rewards = -beta * (old - ref)
            rewards[:, -1] += scores
            advantages, last = torch.zeros_like(rewards), 0.0
            for t in reversed(range(n)):
                following = before[:, t + 1] if t + 1 < n else 0.0
                last = rewards[:, t] + following - before[:, t] + lam * last
                advantages[:, t] = last
            returns = advantages + before
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        for _ in range(epochs):
            new, logits = log_probs(policy, texts)
            ratio = torch.exp(new - old)
            policy_loss = torch.max(-advantages * ratio, -advantages * ratio.clamp(1 - clip, 1 + clip)).mean()
            with torch.no_grad():
                torch.distributions.Categorical(logits=logits).entropy().mean()
            v = values(critic, texts)
            clipped = before + (v - before).clamp(-clip, clip)
            value_loss = 0.5 * torch.max((v - returns) ** 2, (clipped - returns) ** 2).mean()
            for optimizer, m, loss in zip(optimizers, (policy, critic), (policy_loss, 0.1 * value_loss)):
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
                optimizer.step()

    measure(iteration, B * n)


if job["work"] == "train":
    train(model, 0)
elif job["work"] == "ppo":
    ppo(model, job["newTokens"])
else:
    model.eval()
    measure(lambda: generate(model, job["newTokens"]), B * job["newTokens"])

rates.sort()
print(json.dumps({"tokensPerSecond": rates[len(rates) // 2], "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
