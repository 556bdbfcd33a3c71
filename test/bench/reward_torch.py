"""The baseline of `npm run bench -- --only reward --torch PYTHON`: one epoch of trl's RewardTrainer, fp32, on the CPU.

Called with one JSON argument {"model": folder, "pairs": file of {"chosen", "rejected"} lines, "threads"}; prints one JSON line
{"pairsPerSecond"} of the training loop.
"""
import json
import sys
import tempfile

job = json.loads(sys.argv[1])
import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer

torch.set_num_threads(job["threads"])
tokenizer = AutoTokenizer.from_pretrained(job["model"])
tokenizer.pad_token = tokenizer.eos_token
model = AutoModelForSequenceClassification.from_pretrained(job["model"], num_labels=1, dtype=torch.float32)
model.config.pad_token_id = tokenizer.pad_token_id
with open(job["pairs"], encoding="utf8") as file:
    rows = [json.loads(line) for line in file]
with tempfile.TemporaryDirectory() as folder:
    settings = RewardConfig(
        output_dir=folder, per_device_train_batch_size=8, num_train_epochs=1, max_length=256, learning_rate=1e-4, use_cpu=True,
        bf16=False, fp16=False, gradient_checkpointing=False, report_to=[], save_strategy="no", logging_steps=10, disable_tqdm=True,
    )
    trainer = RewardTrainer(model=model, args=settings, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
    result = trainer.train()
    trainer.save_model(folder)
print(json.dumps({"pairsPerSecond": result.metrics["train_samples_per_second"]}))
