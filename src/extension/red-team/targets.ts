import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import type { Target } from '../../domain/red-team/records';
import { findModel } from '../../jobs/model-ref';
import { createLocalSource } from '../../sources/local';
import { createOpenAiSource } from '../../sources/openai';
import type { Source } from '../../sources/source';
import type { Disposable } from '../../base/events';
import type { Session } from '../session';
import type { Endpoints } from './endpoints';

/** What can be attacked, by an id of its own. */
export interface TargetChoice {
  /** `model:<name>`, `run:<id>` or `endpoint:<name>`. */
  readonly id: string;
  readonly title: string;
  readonly detail: string;
}

/** The project's language models, those that finished runs made (the newest first), and the user's endpoints. */
export async function targetChoices(session: Session, endpoints: Endpoints): Promise<TargetChoice[]> {
  const { project } = await session.data();
  const models = Object.entries(project.models).filter(([, m]) => (m.kind ?? 'policy') === 'policy').map(([name, m]) => ({ id: `model:${name}`, title: name, detail: m.path }));
  const made = session.runs.list().filter((r) => r.state === 'finished' && ['sft', 'dpo', 'ppo', 'bestOfN'].includes(r.kind) && r.outputs?.['model'] !== undefined);
  return [...models, ...made.map((r) => ({ id: `run:${r.id}`, title: r.name, detail: r.id })), ...endpoints.list().map((e) => ({ id: `endpoint:${e.name}`, title: e.name, detail: `${e.model} · ${e.url}` }))];
}

/** Sources of targets; the last one is kept, so that the next answer comes at once. */
export interface Talkers extends Disposable {
  open(session: Session, id: string): Promise<{ readonly source: Source; readonly target: Target }>;
  /** Starts the process of a local model before it is asked, so that the first answer comes at once, too. */
  warm(session: Session, id: string): Promise<void>;
}

export function createTalkers(trainer: string, endpoints: Endpoints): Talkers {
  let kept: { readonly key: string; readonly source: Source & { warm?(): void }; readonly target: Target } | undefined;

  async function make(session: Session, id: string): Promise<NonNullable<typeof kept>> {
    const [kind, ...rest] = id.split(':');
    const name = rest.join(':');
    if (kind === 'endpoint') {
      const endpoint = endpoints.list().find((e) => e.name === name);
      if (!endpoint) throw new UserError('no-target', vscode.l10n.t('The endpoint “{0}” is not in your settings any more.', name), { title: vscode.l10n.t('Add an Endpoint'), command: 'plumbline.addEndpoint' });
      const source = createOpenAiSource(endpoint, { key: await endpoints.key(endpoint.url) });
      return { key: `${session.workspace.root} ${id} ${endpoint.url} ${endpoint.model}`, source, target: { kind: 'endpoint', name, source: endpoint.name.replaceAll(/\s/g, '-') } };
    }
    const { project } = await session.data();
    const model = await findModel(session.workspace, project, session.runs.list(), 'policy', name);
    const source = createLocalSource({ trainer, folder: model.folder, title: model.title });
    return { key: `${session.workspace.root} ${id} ${model.hash}`, source, target: { kind: 'model', name: kind === 'run' ? id : name, source: model.source } };
  }

  async function open(session: Session, id: string): Promise<NonNullable<typeof kept>> {
    const next = await make(session, id);
    if (kept?.key === next.key) {
      next.source.dispose();
      return kept;
    }
    kept?.source.dispose();
    kept = next;
    return next;
  }

  return {
    open,
    async warm(session, id) {
      (await open(session, id)).source.warm?.();
    },
    dispose() {
      kept?.source.dispose();
    },
  };
}
