import { join } from 'node:path';
import type { ModelReport } from '../domain/model-report';
import { writeFileAtomic } from '../store/files';

/** Writes `report.json`, where a run has one. @returns role → path. */
export async function writeReport(folder: string, report: ModelReport | undefined): Promise<Record<string, string>> {
  if (report === undefined) return {};
  await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 1)}\n`);
  return { report: 'report.json' };
}
