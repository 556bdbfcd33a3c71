import * as z from 'zod';
import type { ModelReport, RewardModelReport, RuleModelReport } from '../domain/model-report';

/** `report.json` of a reward or rule run: what its model is worth on held-out answers. `src/domain/model-report.ts` says what the fields mean. */

const proportion = z.object({ share: z.number(), low: z.number(), high: z.number(), n: z.number() });
const calibration = z.object({ ece: z.number(), bins: z.array(z.object({ from: z.number(), to: z.number(), n: z.number(), predicted: z.number(), observed: z.number() })) });
const groups = z.array(z.object({ name: z.string(), accuracy: proportion }));

const optional = groups.exactOptional();

const reward = z.object({
  v: z.literal(1),
  kind: z.literal('reward'),
  accuracy: proportion.nullable(),
  groups: z.object({ labeler: optional, task: optional, criterion: optional, length: optional, agreement: optional, strength: optional }),
  calibration: calibration.nullable(),
  lengthCorrelation: z.number().nullable(),
  baselines: z.object({ length: proportion.nullable(), majority: proportion.nullable() }),
  ceiling: proportion.nullable(),
  ensemble: z.object({ members: z.array(z.number()), uncertainty: z.number(), byUncertainty: groups }).exactOptional(),
});

const rule = z.object({
  v: z.literal(1),
  kind: z.literal('rule'),
  rules: z.array(
    z.object({
      rule: z.string(),
      trained: z.object({ marks: z.number(), broken: z.number() }),
      marks: z.number(),
      baseRate: z.number().nullable(),
      accuracy: proportion.nullable(),
      majority: z.number().nullable(),
      auc: z.number().nullable(),
      ece: z.number().nullable(),
      calibration: calibration.nullable(),
      rawEce: z.number().nullable(),
      temperature: z.number(),
      note: z.string().exactOptional(),
    }),
  ),
});

export const modelReportSchema = z.discriminatedUnion('kind', [reward, rule]);

// The plain types of the domain and these schemas say the same.
true satisfies z.output<typeof reward> extends RewardModelReport ? true : false;
true satisfies z.output<typeof rule> extends RuleModelReport ? true : false;
true satisfies z.output<typeof modelReportSchema> extends ModelReport ? true : false;
