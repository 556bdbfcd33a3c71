import type { AttackRates, Rate } from './rates';

/**
 * Rates as the numbers of a run's summary: `asr` (any rule), `asr/<rule>`, `tactic/<tactic>`, `refusal_rate`, `over_refusal`,
 * each with `_low` and `_high`; `judged`, `waiting`, and `checks/…` when there are regression checks. What is not known is left out.
 */
export function attackMetrics(rates: AttackRates): Record<string, number> {
  const { checks } = rates;
  const metrics: Record<string, number> = { ...shareOf('asr', rates.all), judged: rates.all.judged, waiting: rates.all.waiting };
  for (const rate of rates.byRule) Object.assign(metrics, shareOf(`asr/${rate.name}`, rate));
  Object.assign(metrics, shareOf('refusal_rate', rates.refused), shareOf('over_refusal', rates.overRefused));
  if (checks.fixed.length + checks.broken.length + checks.unknown.length > 0) {
    Object.assign(metrics, { 'checks/fixed': checks.fixed.length, 'checks/broken': checks.broken.length, 'checks/unknown': checks.unknown.length });
  }
  for (const rate of rates.byTactic) Object.assign(metrics, shareOf(`tactic/${rate.name}`, rate));
  return metrics;
}

function shareOf(name: string, { rate }: Rate): Record<string, number> {
  return rate === undefined ? {} : { [name]: rate.share, [`${name}_low`]: rate.low, [`${name}_high`]: rate.high };
}
