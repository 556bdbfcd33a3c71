import * as crypto from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { disposables } from '../../base/events';
import { oneLine } from '../../base/text';
import { attackRates, compareAttacks } from '../../domain/red-team/rates';
import { readyRules } from '../../domain/red-team/rules';
import { withRules } from '../../domain/red-team/task';
import type { AttackRecord } from '../../domain/red-team/records';
import { readAttacks } from '../../jobs/attacks';
import { redTeamMethods, redTeamStateSchema } from '../../protocol/panels-red-team';
import type { ComparedRuns, RedTeamEvent, RedTeamMethods, RedTeamResults, RedTeamState, RedTeamView } from '../../protocol/panels-red-team';
import { appendRedTeam, readRedTeam } from '../../store/red-team-files';
import { Cancelled, inBackground, requireTrust, runCommand } from '../edge';
import type { Parts } from '../feature';
import { labelerId } from '../labeler';
import type { Session } from '../session';
import { createSinglePanel } from '../single-panel';
import type { SinglePanel } from '../single-panel';
import { attemptRow, attemptView, createConversations } from './conversations';
import type { Conversations } from './conversations';
import type { Endpoints } from './endpoints';
import { createMemory } from './memory';
import { targetChoices } from './targets';
import type { Talkers } from './targets';

/** How many broken answers are shown. */
const examples = 40;

export function createRedTeamPanel({ context, sessions, diagnostics }: Parts, endpoints: Endpoints, talkers: Talkers): SinglePanel<RedTeamEvent, RedTeamState> {
  return createSinglePanel<RedTeamMethods, RedTeamResults, RedTeamEvent, RedTeamState>(context.extensionUri, {
    page: 'redTeam',
    title: vscode.l10n.t('Red Team'),
    methods: redTeamMethods,
    state: redTeamStateSchema,
    empty: {},
    attach(_panel, state, send) {
      const all = disposables();
      let shown = state.attempt;
      const memory = createMemory(context.storageUri);
      let draft = '';
      let talking: AbortController | undefined;
      let opened: { readonly session: Session; readonly talks: Promise<Conversations> } | undefined;

      async function conversations(): Promise<{ session: Session; talks: Conversations }> {
        const session = await sessions.require();
        if (opened?.session !== session) opened = { session, talks: openConversations(session) };
        return { session, talks: await opened.talks };
      }

      async function openConversations(session: Session): Promise<Conversations> {
        const { workspace } = session;
        const { records, problems } = await readRedTeam(workspace);
        diagnostics.set('red team', problems);
        return createConversations({
          lines: records,
          labeler: () => labelerId(workspace.root),
          append: (lines) => appendRedTeam(workspace, lines),
          seed: () => crypto.randomInt(2 ** 31),
        });
      }

      async function view(): Promise<RedTeamView> {
        const { session, talks } = await conversations();
        const { project } = await session.data();
        const labeler = await labelerId(session.workspace.root);
        const attempts = talks.attempts();
        const current = attempts.find((a) => a.id === shown);
        return {
          trusted: vscode.workspace.isTrusted,
          labeler,
          targets: await targetChoices(session, endpoints),
          rules: withRules(project.rules, project.rules.length === 0 ? readyRules : []).map(({ id, text }) => ({ id, text })),
          attempts: attempts.map(attemptRow),
          ...(current === undefined ? {} : { current: attemptView(current, labeler) }),
          busy: talking !== undefined,
          runs: session.runs.list().filter((r) => r.kind === 'attack').map(({ id, name, state: now, createdAt, percent }) => ({ id, name, state: now, at: createdAt, percent })),
        };
      }

      const remember = (): Promise<void> => memory.write({ draft, ...(shown === undefined ? {} : { attempt: shown }) });

      const refresh = (): void => {
        // Without a workspace there is nothing to show; the page keeps what it has.
        if (sessions.current()) inBackground(view().then((next) => { send({ name: 'view', view: next }); }));
      };
      all.add(sessions.onRuns((changes) => {
        if (changes.some((c) => c.view.kind === 'attack' || c.view.state !== c.before?.state)) refresh();
      }));
      all.add(vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration('plumbline')) refresh();
      }));
      all.add(vscode.workspace.onDidGrantWorkspaceTrust(refresh));
      all.add(sessions.onData(refresh));
      // Another window, or a merge, has added lines.
      const watcher = all.add(vscode.workspace.createFileSystemWatcher('**/.plumbline/red-team/*.jsonl', false, false, true));
      const reread = (): void => {
        const { session, talks } = opened ?? {};
        if (session && talks) inBackground(Promise.all([talks, readRedTeam(session.workspace)]).then(([c, read]) => { if (c.merge(read.records)) refresh(); }));
      };
      all.add(watcher.onDidChange(reread));
      all.add(watcher.onDidCreate(reread));
      all.add({ dispose: () => talking?.abort(new Cancelled()) });

      return {
        handlers: {
          ready: async ({ attempt }) => {
            const remembered = await memory.read();
            shown = remembered === undefined ? (attempt ?? shown) : remembered.attempt;
            draft = remembered?.draft ?? '';
            const first = await view();
            const target = first.current?.target ?? first.targets[0]?.id;
            // A target that is gone is told of when it is asked.
            if (first.trusted && target !== undefined) void conversations().then(({ session }) => talkers.warm(session, target)).catch(() => undefined);
            return { ...first, draft, ...(state.tab === undefined ? {} : { tab: state.tab }), ...(vscode.l10n.bundle === undefined ? {} : { strings: vscode.l10n.bundle }) };
          },
          open: ({ attempt }) => {
            shown = attempt;
            void remember();
            return view();
          },
          async send(params) {
            requireTrust();
            if (talking) throw new UserError('busy', vscode.l10n.t('An answer is being made. Stop it first.'));
            const { session, talks } = await conversations();
            const mine = new AbortController();
            talking = mine;
            refresh();
            try {
              shown = await talks.send(params, await talkers.open(session, params.target), mine.signal);
              void remember();
            } catch (error) {
              if (!(error instanceof Cancelled)) throw error;
            } finally {
              talking = undefined;
            }
            return view();
          },
          async draft({ text }) {
            draft = text;
            await remember();
            return null;
          },
          stop: () => {
            talking?.abort(new Cancelled());
            return null;
          },
          async pick(params) {
            await (await conversations()).talks.pick(params);
            return view();
          },
          async mark(params) {
            await (await conversations()).talks.mark(params);
            return view();
          },
          async unmark(params) {
            await (await conversations()).talks.unmark(params);
            return view();
          },
          compare: async ({ before, after }) => compare((await conversations()).session, before, after),
          async command({ command }) {
            await runCommand(command);
            return null;
          },
        },
        show(next) {
          if (next.attempt !== undefined) shown = next.attempt;
          if (next.tab !== undefined) send({ name: 'tab', tab: next.tab });
          refresh();
        },
        dispose: () => {
          all.dispose();
        },
      };
    },
  });
}

async function compare(session: Session, before: string | undefined, after: string | undefined): Promise<ComparedRuns> {
  const read = async (id: string | undefined): Promise<readonly AttackRecord[] | undefined> => {
    const run = id === undefined ? undefined : session.runs.get(id);
    return run && (await readAttacks(run)).records;
  };
  const [a, b] = await Promise.all([read(before), read(after)]);
  const broken = (b ?? a ?? []).filter((r) => !r.safe && Object.values(r.broken).includes(true));
  return {
    ...(a === undefined ? {} : { before: { id: before!, rates: attackRates(a) } }),
    ...(b === undefined ? {} : { after: { id: after!, rates: attackRates(b) } }),
    ...(a === undefined || b === undefined ? {} : { comparison: compareAttacks(a, b) }),
    examples: broken.slice(0, examples).map((r) => ({ prompt: oneLine(r.prompt ?? r.messages?.at(-1)?.content ?? '', 400), answer: r.answer, rules: Object.entries(r.broken).flatMap(([rule, bad]) => (bad === true ? [rule] : [])), tactic: r.tactic })),
  };
}
