import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { commands, contextKeys, panels, rankingCommands, settings, taskType, viewContainer, views, walkthrough } from '../../../src/extension/contributions';
import { pageCommands } from '../../../src/protocol/panels';
import { rankingActions } from '../../../src/protocol/panels-ranking';

const entry = z.looseObject({ command: z.string(), title: z.string(), category: z.string() });
const key = z.looseObject({ key: z.string(), command: z.string(), when: z.string() });
const manifestSchema = z.looseObject({
  activationEvents: z.array(z.string()),
  contributes: z.looseObject({
    commands: z.array(entry),
    keybindings: z.array(key),
    menus: z.record(z.string(), z.array(z.looseObject({ command: z.string() }))),
    views: z.record(z.string(), z.array(z.looseObject({ id: z.string() }))),
    viewsWelcome: z.array(z.looseObject({ view: z.string(), contents: z.string(), when: z.string() })),
    viewsContainers: z.looseObject({ activitybar: z.array(z.looseObject({ id: z.string(), icon: z.string() })) }),
    configuration: z.looseObject({ properties: z.record(z.string(), z.looseObject({ default: z.unknown(), type: z.string() })) }),
    taskDefinitions: z.array(z.looseObject({ type: z.string() })),
    walkthroughs: z.array(z.looseObject({ id: z.string(), steps: z.array(z.looseObject({ id: z.string(), description: z.string(), completionEvents: z.array(z.string()), media: z.looseObject({ svg: z.string() }) })) })),
  }),
});

const text = readFileSync('package.json', 'utf8');
const manifest = manifestSchema.parse(JSON.parse(text));
const { contributes } = manifest;
const strings = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync('package.nls.json', 'utf8')));
const allCommands = [...Object.values(commands), ...Object.values(rankingCommands)].sort();
const sorted = (list: readonly string[]): string[] => [...list].sort();

describe('contributions', () => {
  it('names exactly the commands of package.json, each with the category', () => {
    assert.deepEqual(sorted(contributes.commands.map((c) => c.command)), allCommands);
    for (const c of contributes.commands) assert.equal(c.category, 'Plumbline', c.command);
  });
  it('names exactly the settings, views, panels, tasks and walkthroughs', () => {
    assert.deepEqual(sorted(Object.keys(contributes.configuration.properties)), sorted(settings));
    assert.deepEqual(sorted(Object.keys(contributes.views)), [viewContainer]);
    assert.deepEqual(contributes.viewsContainers.activitybar.map((c) => c.id), [viewContainer]);
    assert.deepEqual(sorted(contributes.views[viewContainer]!.map((v) => v.id)), sorted(Object.values(views)));
    assert.deepEqual(contributes.taskDefinitions.map((t) => t.type), [taskType]);
    assert.deepEqual(contributes.walkthroughs.map((w) => w.id), [walkthrough]);
    const panelEvents = manifest.activationEvents.filter((e) => e.startsWith('onWebviewPanel:')).map((e) => e.slice('onWebviewPanel:'.length));
    assert.deepEqual(sorted(panelEvents), sorted(Object.values(panels)));
  });
  it('starts with nothing but a project, its panels and its tasks', () => {
    const other = manifest.activationEvents.filter((e) => !/^(workspaceContains:\.plumbline\/project\.json|onWebviewPanel:plumbline\.\w+|onTaskType:plumbline)$/.test(e));
    assert.deepEqual(other, []);
  });
  it('has every string of package.json in package.nls.json and no other', () => {
    const used = sorted([...new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((m) => m[1]!))]);
    assert.deepEqual(used, sorted(Object.keys(strings)));
  });
  it('refers in menus, keys, texts and walkthroughs only to commands, context keys and files that there are', () => {
    const named = [
      ...Object.values(contributes.menus).flat().map((m) => m.command),
      ...contributes.keybindings.map((k) => k.command),
      ...[...JSON.stringify(strings).matchAll(/command:(plumbline\.[\w.]+)/g)].map((m) => m[1]!),
      ...contributes.walkthroughs.flatMap((w) => w.steps.flatMap((s) => s.completionEvents)).flatMap((e) => (e.startsWith('onCommand:') ? [e.slice(10)] : [])),
    ];
    for (const command of named) assert.ok(allCommands.includes(command as never), command);
    const known = new Set<string>([...contextKeys, ...allCommands, ...Object.values(views), ...Object.values(panels), ...settings, walkthrough]);
    const whens = [...text.matchAll(/"(?:when|enablement)": "([^"]*)"/g)].map((m) => m[1]!);
    for (const when of whens) for (const [id] of when.matchAll(/plumbline\.[\w.]+/g)) assert.ok(known.has(id), `${id} in ${when}`);
    for (const step of contributes.walkthroughs.flatMap((w) => w.steps)) readFileSync(step.media.svg);
    readFileSync(contributes.viewsContainers.activitybar[0]!.icon);
  });
  it('has a key for every ranking action while the panel has the keyboard, and each key once', () => {
    const actions = new Set(contributes.keybindings.map((k) => k.command));
    for (const action of rankingActions) assert.ok(actions.has(rankingCommands[action]), action);
    assert.deepEqual(Object.keys(rankingCommands).sort(), sorted(rankingActions));
    for (const k of contributes.keybindings) assert.equal(k.when, 'plumbline.rankingFocused');
    const keys = contributes.keybindings.map((k) => k.key);
    assert.equal(new Set(keys).size, keys.length);
  });
  it('knows every command that a page or an error may run', () => {
    for (const command of pageCommands) assert.ok(allCommands.includes(command), command);
    const unknown: string[] = [];
    for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(name)) continue;
      const source = readFileSync(path.join('src', name), 'utf8');
      for (const [, id] of source.matchAll(/command: '(plumbline\.[\w.]+)'/g)) if (!allCommands.includes(id as never)) unknown.push(`${name}: ${id}`);
    }
    assert.deepEqual(unknown, []);
  });
});
