import * as vscode from 'vscode';
import { disposables } from '../../base/events';
import type { AgreementInput, AgreementReport } from '../../domain/agreement/report';
import type { AgreementEvent, AgreementMethods, AgreementResults, AgreementState, AgreementView } from '../../protocol/panels-agreement';
import { agreementMethods, agreementStateSchema } from '../../protocol/panels-agreement';
import type { Statistics } from '../../statistics/client';
import { inBackground } from '../edge';
import type { Parts } from '../feature';
import { labelerId } from '../labeler';
import { translations } from '../ranking-panel';
import type { Attached, SinglePanel } from '../single-panel';
import { createSinglePanel } from '../single-panel';
import { admit } from './admit';
import { agreementInput } from './input';
import { formOf, viewOf } from './view';

/** New numbers at most this often while somebody labels (milliseconds): the old ones show until then. */
const shortest = 600;

export function createAgreementPanel(parts: Parts): SinglePanel<AgreementEvent, AgreementState> {
  return createSinglePanel<AgreementMethods, AgreementResults, AgreementEvent, AgreementState>(parts.context.extensionUri, {
    page: 'agreement',
    title: vscode.l10n.t('Agreement and Labelers'),
    methods: agreementMethods,
    state: agreementStateSchema,
    empty: {},
    attach: (_panel, state, send) => attach(parts, state, send),
  });
}

function attach(parts: Parts, state: AgreementState, send: (event: AgreementEvent) => void): Attached<AgreementMethods, AgreementResults, AgreementState> {
  const { sessions, statistics } = parts;
  const all = disposables();
  let { task } = state;
  let known: AgreementReport | undefined;
  /** Labels have changed since the numbers that show; a timer will see to it. */
  let dirty = false;
  let running = false;
  /** Another task was chosen while numbers were computed. */
  let again = false;
  let gone = false;
  const isOpen = (): boolean => !gone;
  const isBehind = (): boolean => again || dirty;
  let pause = shortest;
  let timer: NodeJS.Timeout | undefined;

  async function view(computing = running || isBehind()): Promise<AgreementView> {
    const session = await sessions.require();
    const data = await session.data();
    const form = formOf(data, task);
    task = form.id;
    return viewOf(data, form, await labelerId(session.workspace.root), known?.task === form.id ? known : undefined, computing);
  }

  /** Computes anew and sends what comes of it. While it is at it, a second call only makes it start over at the end. */
  async function compute(): Promise<void> {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again && isOpen()) {
        again = dirty = false;
        const started = performance.now();
        const data = await (await sessions.require()).data();
        const form = formOf(data, task);
        task = form.id;
        const input = await agreementInput(data, form, () => !isOpen() || task !== form.id);
        if (!input) continue;
        known = await computed(statistics, input);
        // Where much is to be computed, it is done less often: a quarter of the time at most.
        pause = Math.max(shortest, 3 * (performance.now() - started));
        if (isOpen()) send({ name: 'view', view: await view(isBehind()) });
      }
    } finally {
      running = false;
    }
  }
  /** Not put off by every further label: somebody labels all the time. */
  function soon(): void {
    dirty = true;
    timer ??= setTimeout(() => {
      timer = undefined;
      if (running) soon();
      else inBackground(compute());
    }, pause);
  }

  all.add(sessions.onData((data) => {
    if (data) soon();
  }));
  all.add(vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration('plumbline.labeler')) soon();
  }));
  all.add({
    dispose: () => {
      gone = true;
      clearTimeout(timer);
    },
  });
  const change = (to: string | undefined): Promise<AgreementView> => {
    task = to;
    inBackground(compute());
    return view();
  };
  return {
    show: ({ task: to }) => {
      if (to === undefined || to === task) return;
      inBackground(change(to).then((v) => {
        send({ name: 'view', view: v });
      }));
    },
    handlers: {
      ready: async ({ task: before }) => ({ ...(await change(task ?? before)), ...translations() }),
      task: ({ task: to }) => change(to),
      settle: async ({ key }) => {
        await sessions.require();
        parts.label({ mode: 'adjudicate', current: key, ...(task === undefined ? {} : { task }) });
        return null;
      },
      admit: async ({ labeler, admitted }) => {
        await admit((await sessions.require()).workspace, labeler, admitted);
        return null;
      },
      command: ({ command }) => {
        inBackground(Promise.resolve(vscode.commands.executeCommand(command, ...(command === 'plumbline.screening' || command === 'plumbline.makeScreening' ? [task] : []))));
        return null;
      },
    },
    dispose: () => {
      all.dispose();
    },
  };
}

/** On the worker. Columns are given away; the items' keys, long texts, stay here. */
async function computed(statistics: Statistics, input: AgreementInput): Promise<AgreementReport> {
  const { keys, ...judgements } = input.judgements;
  const columns = [...Object.values(judgements.perLabel), ...Object.values(judgements.perAnswer)];
  const report = await statistics.compute('agreement', { ...input, judgements: { ...judgements, keys: [] } }, columns.map((c) => c.buffer as ArrayBuffer));
  return { ...report, disputed: report.disputed.map((d) => ({ ...d, key: keys[d.item]! })) };
}
