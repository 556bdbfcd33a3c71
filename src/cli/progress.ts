import { SingleBar } from 'cli-progress';
import { formatSeconds, oneLine } from '../base/text';
import { isActive } from '../jobs/view';
import type { RunView } from '../jobs/view';

/** Where progress is told. Machines read stdout, people watch stderr. */
export interface Progress {
  /** The run's newest view; as often as it changes. */
  update(view: RunView): void;
  /** A line of its own, above the bar. */
  note(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** The most telling metrics of each kind of run, in the order in which they are shown, with what a person calls them. */
const shown: Readonly<Record<RunView['kind'], readonly (readonly [name: string, title: string])[]>> = {
  sft: [['loss', 'loss'], ['eval_loss', 'held-out loss']],
  reward: [['loss', 'loss'], ['accuracy', 'accuracy'], ['eval_accuracy', 'held-out accuracy']],
  rule: [['loss', 'loss'], ['accuracy', 'accuracy'], ['eval_accuracy', 'held-out accuracy']],
  dpo: [['loss', 'loss'], ['rewards/accuracies', 'accuracy'], ['rewards/margins', 'margin'], ['eval_rewards/accuracies', 'held-out accuracy']],
  ppo: [['objective/scores', 'score'], ['objective/kl', 'KL'], ['objective/entropy', 'entropy']],
  generate: [],
  evaluate: [],
  score: [['scores', 'mean score']],
  attack: [['asr', 'worked'], ['refusal_rate', 'refused']],
  bestOfN: [['objective/best_scores', 'best score'], ['best/loss', 'loss'], ['control/loss', 'control loss']],
};

/** `loss 0.41, accuracy 0.78`: the numbers that a person follows while a run is at work. */
export function keyNumbers(view: RunView): string {
  return shown[view.kind]
    .flatMap(([name, title]) => {
      const value = view.metrics[name];
      return value === undefined ? [] : [`${title} ${Number(value.toPrecision(3))}`];
    })
    .join(', ');
}

/** A progress bar on a terminal, else plain lines: at most one every `everyMs`, rarer in long runs, and one for each change of state. */
export function progressFor(stream: NodeJS.WriteStream, everyMs = 5000): Progress {
  return stream.isTTY ? bars(stream) : lines(stream, everyMs);
}

function bars(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update(view) {
      if (!isActive(view.state)) return;
      bar ??= start(stream, view);
      bar.setTotal(Math.max(1, view.total));
      bar.update(view.step, { doing: view.state, left: view.secondsLeft === undefined ? '' : `${formatSeconds(view.secondsLeft)} left`, numbers: keyNumbers(view) });
    },
    note(line) {
      end();
      stream.write(`${line}\n`);
    },
    end,
  };
}

function start(stream: NodeJS.WriteStream, view: RunView): SingleBar {
  const bar = new SingleBar({
    stream,
    format: `${oneLine(view.name, 30)} {bar} {value}/{total} {left} {numbers}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    linewrap: false,
    clearOnComplete: false,
    gracefulExit: false,
    stopOnComplete: false,
  });
  bar.start(Math.max(1, view.total), view.step, { doing: view.state, left: '', numbers: '' });
  return bar;
}

function lines(stream: NodeJS.WriteStream, everyMs: number): Progress {
  const start = Date.now();
  let last = -Infinity;
  let state = '';
  return {
    update(view) {
      const now = Date.now();
      if (!isActive(view.state) && view.state !== 'queued') return;
      if (view.state === state && (view.state === 'queued' || now - last < Math.max(everyMs, (now - start) / 8))) return;
      if (view.state === 'starting') return;
      last = now;
      state = view.state;
      const left = view.secondsLeft === undefined || view.step === 0 ? '' : `, ${formatSeconds(view.secondsLeft)} left`;
      const numbers = keyNumbers(view);
      stream.write(view.state === 'queued' ? `${view.name}: waits for another run to end\n` : `${view.name}: step ${view.step} of ${view.total}${left}${numbers === '' ? '' : `: ${numbers}`}\n`);
    },
    note(line) {
      stream.write(`${line}\n`);
    },
    end() {
      // Lines leave nothing behind.
    },
  };
}
