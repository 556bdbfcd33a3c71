import type { DeviceSetting } from '../protocol/run';

/**
 * Every id that `package.json` contributes, with its type. A test compares this file with `package.json` and
 * `package.nls.json` both ways; code outside names an id only through these.
 */

/** Shown in the palette. */
export const commands = {
  setup: 'plumbline.setup',
  import: 'plumbline.import',
  generate: 'plumbline.generate',
  rank: 'plumbline.rank',
  trainReward: 'plumbline.trainReward',
  trainRule: 'plumbline.trainRule',
  tuneDpo: 'plumbline.tuneDpo',
  tunePpo: 'plumbline.tunePpo',
  bestOfN: 'plumbline.bestOfN',
  trainSft: 'plumbline.trainSft',
  evaluate: 'plumbline.evaluate',
  nextRound: 'plumbline.nextRound',
  askContradicted: 'plumbline.askContradicted',
  contradictions: 'plumbline.contradictions',
  compareBlind: 'plumbline.compareBlind',
  overOptimisation: 'plumbline.overOptimisation',
  copyLmEval: 'plumbline.copyLmEval',
  stop: 'plumbline.stop',
  resume: 'plumbline.resume',
  cancel: 'plumbline.cancel',
  openRun: 'plumbline.openRun',
  openReport: 'plumbline.openReport',
  openLog: 'plumbline.openLog',
  deleteRun: 'plumbline.deleteRun',
  export: 'plumbline.export',
  whoAmI: 'plumbline.whoAmI',
  openKeybindings: 'plumbline.openKeybindings',
  openWalkthrough: 'plumbline.openWalkthrough',
  chooseTask: 'plumbline.chooseTask',
  editTasks: 'plumbline.editTasks',
  items: 'plumbline.items',
  agreement: 'plumbline.agreement',
  leaderboard: 'plumbline.leaderboard',
  adjudicate: 'plumbline.adjudicate',
  screening: 'plumbline.screening',
  makeScreening: 'plumbline.makeScreening',
  scoreAnswers: 'plumbline.scoreAnswers',
  redTeam: 'plumbline.redTeam',
  attack: 'plumbline.attack',
  findings: 'plumbline.findings',
  addEndpoint: 'plumbline.addEndpoint',
  experiments: 'plumbline.experiments',
  reproduce: 'plumbline.reproduce',
  sweep: 'plumbline.sweep',
  runSeeds: 'plumbline.runSeeds',
  runPipeline: 'plumbline.runPipeline',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

/** Keys of the ranking panel: contributed keybindings, so that users can change them. `rank` takes the answer's number. */
export const rankingCommands = {
  rank: 'plumbline.ranking.rank',
  next: 'plumbline.ranking.next',
  previous: 'plumbline.ranking.previous',
  moveUp: 'plumbline.ranking.moveUp',
  moveDown: 'plumbline.ranking.moveDown',
  tie: 'plumbline.ranking.tie',
  restWorse: 'plumbline.ranking.restWorse',
  allBad: 'plumbline.ranking.allBad',
  unsure: 'plumbline.ranking.unsure',
  skip: 'plumbline.ranking.skip',
  submit: 'plumbline.ranking.submit',
  undo: 'plumbline.ranking.undo',
  redo: 'plumbline.ranking.redo',
  help: 'plumbline.ranking.help',
  expand: 'plumbline.ranking.expand',
  nextField: 'plumbline.ranking.nextField',
  previousField: 'plumbline.ranking.previousField',
  answers: 'plumbline.ranking.answers',
  flags: 'plumbline.ranking.flags',
  rationale: 'plumbline.ranking.rationale',
  diff: 'plumbline.ranking.diff',
  guideline: 'plumbline.ranking.guideline',
  back: 'plumbline.ranking.back',
  forward: 'plumbline.ranking.forward',
} as const;

/** Setting → the type of its value. */
export interface Settings {
  'plumbline.labeler': string;
  'plumbline.maxConcurrentRuns': number;
  'plumbline.threads': number;
  'plumbline.device': DeviceSetting;
  'plumbline.ranking.showPace': boolean;
  'plumbline.endpoints': readonly { readonly name: string; readonly url: string; readonly model: string }[];
}
export const settings = ['plumbline.labeler', 'plumbline.maxConcurrentRuns', 'plumbline.threads', 'plumbline.device', 'plumbline.ranking.showPace', 'plumbline.endpoints'] as const satisfies readonly (keyof Settings)[];

export const viewContainer = 'plumbline';
export const views = { data: 'plumbline.data', runs: 'plumbline.runs' } as const;
export const panels = {
  ranking: 'plumbline.ranking',
  run: 'plumbline.run',
  items: 'plumbline.items',
  agreement: 'plumbline.agreement',
  leaderboard: 'plumbline.leaderboard',
  task: 'plumbline.task',
  redTeam: 'plumbline.redTeam',
  experiments: 'plumbline.experiments',
} as const;
/** The pages of panels: folders of src/webview. */
export type PageName = keyof typeof panels;
export const taskType = 'plumbline';
export const walkthrough = 'plumbline.tour';

/** Context key → the type of its value. */
export interface ContextKeys {
  /** How far this workspace has come; the welcome views say what to do next. */
  'plumbline.stage': 'none' | 'empty' | 'prompts' | 'answers';
  /** What of the loop was done here; the tour ticks its steps off by these. */
  'plumbline.hasLabels': boolean;
  'plumbline.hasRewardModel': boolean;
  'plumbline.hasTunedModel': boolean;
  /** The keyboard is in the ranking panel's page. */
  'plumbline.rankingFocused': boolean;
}
export const contextKeys = ['plumbline.stage', 'plumbline.hasLabels', 'plumbline.hasRewardModel', 'plumbline.hasTunedModel', 'plumbline.rankingFocused'] as const satisfies readonly (keyof ContextKeys)[];
