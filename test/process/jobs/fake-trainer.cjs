/* global process, Buffer, setTimeout */
// A trainer that does what the run's name says, without training anything:
//   steps N [each MS] · crash-at N (the first time) · fail-at N · garbage · silent-exit · slow-start · model
// It keeps the contract of a real one: pid, events.jsonl, checkpoints, stop file, resume.
const fs = require('node:fs');
const path = require('node:path');

const folder = process.argv[2];
const run = JSON.parse(fs.readFileSync(path.join(folder, 'run.json'), 'utf8'));
const words = run.name.split(' ');
const option = (name, fallback) => (words.includes(name) ? Number(words[words.indexOf(name) + 1]) : fallback);
const total = option('steps', 5);
const each = option('each', 5);
const emit = (event) => fs.appendFileSync(path.join(folder, 'events.jsonl'), `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
const checkpoints = () => fs.readdirSync(folder).flatMap((f) => (f.startsWith('checkpoint-') ? [Number(f.slice(11))] : []));
fs.appendFileSync(path.join(folder, 'starts.txt'), `${process.pid}\n`);

async function main() {
  fs.writeFileSync(path.join(folder, 'pid'), `${JSON.stringify({ pid: process.pid, startedAt: new Date().toISOString() })}\n`);
  process.on('exit', () => fs.rmSync(path.join(folder, 'pid')));
  if (words.includes('silent-exit')) process.exit(7);
  if (words.includes('garbage')) {
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]));
    process.stdout.write('{"type":"finished"}\nnot json \u001b[31m\n'.repeat(200));
    fs.appendFileSync(path.join(folder, 'events.jsonl'), '\u0000garbage{{\n{"type":"step"}\n{"type":"unknown"}\n');
  }
  if (fs.existsSync(path.join(folder, 'events.jsonl'))) fs.appendFileSync(path.join(folder, 'events.jsonl'), '\n');
  const from = Math.max(0, ...checkpoints());
  await new Promise((resolve) => setTimeout(resolve, option('slow-start', 0)));
  emit({ type: 'started', pid: process.pid, total, ...(from > 0 ? { resumedFrom: from } : {}) });
  for (let step = from + 1; step <= total; step++) {
    await new Promise((resolve) => setTimeout(resolve, each));
    if (step === option('fail-at', 0)) {
      emit({ type: 'failed', code: 'no-model', message: 'There is no model in models/none.' });
      process.exit(2);
    }
    emit({ type: 'step', step, total, secondsLeft: ((total - step) * each) / 1000, metrics: { loss: 1 / step } });
    if (step === option('crash-at', 0) && from === 0) {
      fs.appendFileSync(path.join(folder, 'events.jsonl'), '{"type":"step","at":"2026-');
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => {});
    }
    const stop = fs.existsSync(path.join(folder, 'stop')) && !words.includes('deaf');
    if (stop || step % 5 === 0) {
      fs.mkdirSync(path.join(folder, `checkpoint-${step}`), { recursive: true });
      emit({ type: 'checkpoint', step, folder: `checkpoint-${step}` });
    }
    if (stop) {
      emit({ type: 'stopped', step });
      process.exit(3);
    }
  }
  if (words.includes('model')) {
    // The same weights for the same work, other ones for other work.
    const { params, seed, hashes } = run;
    fs.mkdirSync(path.join(folder, 'model'), { recursive: true });
    for (const [name, text] of [['config.json', '{}'], ['tokenizer.json', '{}'], ['model.safetensors', JSON.stringify({ params, seed, hashes })]]) fs.writeFileSync(path.join(folder, 'model', name), text);
  }
  emit({ type: 'finished', step: total, seconds: 1, outputs: { model: 'model' }, summary: { loss: 1 / total } });
}
main();
