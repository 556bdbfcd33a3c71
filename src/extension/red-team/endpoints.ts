import * as path from 'node:path';
import * as vscode from 'vscode';
import { messageOf, UserError } from '../../base/errors';
import { readSpec } from '../../jobs/folder';
import { endpointSchema, isSafeUrl } from '../../protocol/endpoint';
import type { Endpoint } from '../../protocol/endpoint';
import { createOpenAiSource } from '../../sources/openai';
import { Cancelled, log, requireTrust, setting } from '../edge';

const settingName = 'plumbline.endpoints';
const secretOf = (url: string): string => `plumbline.key ${url}`;

/** The servers of the user's settings, with their keys. A workspace's settings count for nothing here (application scope). */
export interface Endpoints {
  list(): readonly Endpoint[];
  /** Kept by the editor for an address, else the one of the environment. */
  key(url: string): Promise<string | undefined>;
}

export function createEndpoints(secrets: vscode.SecretStorage): Endpoints {
  return {
    list() {
      const good: Endpoint[] = [];
      for (const entry of setting(settingName)) {
        const parsed = endpointSchema.safeParse(entry);
        if (parsed.success) good.push(parsed.data);
        else log.warn(`${settingName}: ${JSON.stringify(entry)} is not used: ${parsed.error.issues[0]?.message ?? ''}`);
      }
      return good;
    },
    async key(url) {
      return (await secrets.get(secretOf(url))) ?? process.env['PLUMBLINE_API_KEY'];
    },
  };
}

/**
 * The environment of the process of a run: the keys of the endpoints that it names, if they stand in the user's settings.
 * @throws UserError for a run with an endpoint that does not: a run folder from elsewhere must not send texts where it likes.
 */
export async function runEnvironment(endpoints: Endpoints, folder: string): Promise<Record<string, string>> {
  const keys: Record<string, string> = {};
  const spec = await readSpec(folder);
  for (const used of spec.kind === 'attack' ? [spec.params.endpoint, spec.params.attackerEndpoint] : []) {
    if (used === undefined) continue;
    if (!endpoints.list().some((e) => e.url === used.url)) {
      throw new UserError('endpoint.unknown', vscode.l10n.t('The run {0} talks to {1}, which is not among your endpoints. Add it if you trust it.', path.basename(folder), used.url), { title: vscode.l10n.t('Add an Endpoint'), command: 'plumbline.addEndpoint' });
    }
    const key = await endpoints.key(used.url);
    if (key !== undefined) keys[used.url] = key;
  }
  return { PLUMBLINE_API_KEYS: JSON.stringify(keys) };
}

/** Asks for a server, tries it, and keeps it in the user's settings; its key goes to the editor's secret storage. */
export async function addEndpoint(secrets: vscode.SecretStorage): Promise<Endpoint> {
  requireTrust();
  const title = vscode.l10n.t('Add an OpenAI-Compatible Endpoint');
  const ask = async (prompt: string, options: Partial<vscode.InputBoxOptions>, check: (text: string) => string | undefined): Promise<string> => {
    const given = await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true, validateInput: (text) => check(text.trim()), ...options });
    if (given === undefined) throw new Cancelled();
    return given.trim();
  };
  const needed = (text: string): string | undefined => (text === '' ? vscode.l10n.t('This is needed.') : undefined);
  const url = (await ask(vscode.l10n.t('Its address, up to “/v1”'), { placeHolder: 'http://localhost:11434/v1' }, (text) => (isSafeUrl(text) ? undefined : vscode.l10n.t('It begins with https:// (http:// only for this machine), without a user name.')))).replace(/\/+$/, '');
  const model = await ask(vscode.l10n.t('The name of the model there'), {}, needed);
  const name = await ask(vscode.l10n.t('What you call it'), { value: `${model} (${new URL(url).hostname})` }, needed);
  const key = await ask(vscode.l10n.t('Its key; empty when it needs none. It is kept by the editor, not in a file.'), { password: true }, () => undefined);
  const endpoint: Endpoint = { name, url, model };
  const failure = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Asking {0} for an answer…', name), cancellable: true }, (_, token) => attempt(endpoint, key, token));
  if (failure !== undefined) {
    const keep = vscode.l10n.t('Keep It Anyway');
    if ((await vscode.window.showWarningMessage(failure, { modal: true }, keep)) !== keep) throw new Cancelled();
  }
  if (key === '') await secrets.delete(secretOf(url));
  else await secrets.store(secretOf(url), key);
  const others = setting(settingName).filter((e) => e.name !== name);
  await vscode.workspace.getConfiguration().update(settingName, [...others, endpoint], vscode.ConfigurationTarget.Global);
  if (failure === undefined) void vscode.window.showInformationMessage(vscode.l10n.t('“{0}” answers. It can be chosen as a target now.', name));
  return endpoint;
}

/** Undefined when it answers, else why it does not. */
async function attempt(endpoint: Endpoint, key: string, token: vscode.CancellationToken): Promise<string | undefined> {
  const stop = new AbortController();
  token.onCancellationRequested(() => {
    stop.abort(new Cancelled());
  });
  const source = createOpenAiSource(endpoint, { key, retries: 1, timeoutMs: 30_000 });
  try {
    await source.reply({ messages: [{ role: 'user', content: 'Hello' }], n: 1, sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 4 }, seed: 1 }, stop.signal);
    return undefined;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return messageOf(error);
  } finally {
    source.dispose();
  }
}
