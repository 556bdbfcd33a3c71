import * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import type { Problem } from '../base/problems';
import type { Sessions } from './session';

export interface Diagnostics extends Disposable {
  /** Replaces what this source had said. */
  set(source: string, problems: readonly Problem[]): void;
  add(source: string, problems: readonly Problem[]): void;
}

/** Bad data, wherever it was found, in the Problems panel. */
export function createDiagnostics(sessions: Sessions): Diagnostics {
  const all = disposables();
  const collection = all.add(vscode.languages.createDiagnosticCollection('plumbline'));
  const bySource = new Map<string, readonly Problem[]>();
  const diagnostics: Diagnostics = {
    set(source, problems) {
      // Every label brings data anew, and nearly always nothing is wrong with it.
      if (problems.length === 0 && (bySource.get(source)?.length ?? 0) === 0) return;
      bySource.set(source, problems);
      draw();
    },
    add(source, problems) {
      diagnostics.set(source, [...(bySource.get(source) ?? []), ...problems].slice(-500));
    },
    dispose: () => {
      all.dispose();
    },
  };
  function draw(): void {
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const problem of [...bySource.values()].flat()) byFile.set(problem.file, [...(byFile.get(problem.file) ?? []), diagnosticOf(problem)]);
    collection.clear();
    for (const [file, list] of byFile) collection.set(vscode.Uri.file(file), list);
  }
  let ofRuns: Disposable | undefined;
  all.add(sessions.onData((data) => {
    diagnostics.set('data', data?.problems ?? []);
  }));
  all.add(sessions.onChange((session) => {
    ofRuns?.dispose();
    diagnostics.set('runs', []);
    ofRuns = session?.runs.onProblems((problems) => {
      diagnostics.add('runs', problems);
    });
  }));
  all.add({ dispose: () => ofRuns?.dispose() });
  return diagnostics;
}

function diagnosticOf(problem: Problem): vscode.Diagnostic {
  const line = Math.max(0, (problem.line ?? 1) - 1);
  const severity = problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER), problem.message, severity);
  diagnostic.source = 'Plumbline';
  return diagnostic;
}
