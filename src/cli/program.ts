import { Command } from 'commander';
import { version } from '../../package.json';
import { addAgreement } from './command-agreement';
import { addAttack } from './command-attack';
import { addCompare } from './command-compare';
import { addExperiments } from './command-experiments';
import { addExport } from './command-export';
import { addContradictions } from './command-contradictions';
import { addEvaluate, addGenerate, addNextRound } from './command-generate';
import { addHeadless } from './command-headless';
import { addImportCommand } from './command-import';
import { addInit } from './command-init';
import { addLabel } from './command-label';
import { addLeaderboard } from './command-leaderboard';
import { addLmEval } from './command-lm-eval';
import { addReport } from './command-report';
import { addRuns } from './command-runs';
import { addScore } from './command-score';
import { addOverOptimisation } from './command-over-optimisation';
import { addTrain } from './command-train';
import { addSeeds } from './seeds';
import { exitCodesHelp } from './exit';

/** The whole command line. Parsing it runs a command; what goes wrong is thrown. */
export function createProgram(): Command {
  const program = new Command('plumbline')
    .description('Align language models from the command line: generate answers, let people judge them, train a reward model, tune with PPO, measure what changed.')
    .version(version)
    .option('-w, --workspace <folder>', 'the workspace (default: the nearest folder with .plumbline, from here upwards)')
    .option('--json', 'one JSON document on standard output; progress goes to standard error')
    .helpCommand(false)
    .showHelpAfterError('("plumbline --help" tells what there is)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      `
The loop, from nothing:
  plumbline init --model models/my-model     set up a workspace here
  plumbline import prompts.csv               add prompts
  plumbline generate --answers 4             let the model answer
  (rank the answers in the editor: Plumbline: Label Answers)
  plumbline train reward                     a reward model from the labels
  plumbline train ppo --updates 30           tune against it
  plumbline report                           what changed

${exitCodesHelp}`,
    );
  addInit(program);
  addImportCommand(program);
  addGenerate(program);
  addScore(program);
  addLabel(program);
  addAgreement(program);
  addLeaderboard(program);
  addTrain(program);
  addSeeds(program);
  addRuns(program);
  addEvaluate(program);
  addCompare(program);
  addLmEval(program);
  addOverOptimisation(program);
  addNextRound(program);
  addContradictions(program);
  addAttack(program);
  addReport(program);
  addExperiments(program);
  addExport(program);
  addHeadless(program);
  return program;
}
