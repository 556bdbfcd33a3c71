/**
 * How the difference η of two ratings becomes chances of winning, losing and a tie. Each is written as a function of η
 * and one tie parameter τ, in which its logarithm is concave.
 */
export type Ties = 'half' | 'davidson' | 'rao-kupper';

/** Log-probability of one outcome with first derivatives and negated second ones; written over by each call. */
export interface Term {
  value: number;
  /** d/dη, d/dτ */
  eta: number;
  tie: number;
  /** −d²/dη², −d²/dηdτ, −d²/dτ² */
  etaEta: number;
  etaTie: number;
  tieTie: number;
}

export interface Link {
  /** Parameters of its own: 0 or 1. */
  readonly parameters: 0 | 1;
  /** Where τ starts. */
  readonly start: number;
  term(eta: number, tau: number, outcome: number, out: Term): void;
}

export const newTerm = (): Term => ({ value: 0, eta: 0, tie: 0, etaEta: 0, etaTie: 0, tieTie: 0 });

/**
 * Bradley and Terry 1952 (Biometrika 39): P(i) = σ(η). A tie counts as half a win for each, which is Arena's convention
 * and not a model of ties.
 */
const half: Link = {
  parameters: 0,
  start: 0,
  term(eta, _tau, outcome, out) {
    // One exponential for all of them: σ(|η|) = 1/(1 + e), log(1 + e^η) = max(η, 0) + log(1 + e). The chance of the less likely
    // outcome is never 1 less something: a rating that runs away must keep a slope until it is far enough off to be noticed.
    const e = Math.exp(-Math.abs(eta));
    const share = 1 / (1 + e);
    out.value = outcome * eta - (eta > 0 ? eta : 0) - Math.log1p(e);
    out.eta = eta > 0 ? outcome - 1 + e * share : outcome - e * share;
    out.etaEta = e * share * share;
    out.tie = out.etaTie = out.tieTie = 0;
  },
};

/** Davidson 1970 (JASA 65): P(i) = πi/Z, P(tie) = ν√(πiπj)/Z, Z = πi + πj + ν√(πiπj). τ = log ν. */
const davidson: Link = {
  parameters: 1,
  start: -1,
  term(eta, tau, outcome, out) {
    // With √(πiπj) divided out the three weigh e^{η/2}, e^{−η/2} and e^τ.
    const top = Math.max(Math.abs(eta) / 2, tau);
    const i = Math.exp(eta / 2 - top);
    const j = Math.exp(-eta / 2 - top);
    const t = Math.exp(tau - top);
    const z = i + j + t;
    const mean = (i - j) / (2 * z);
    const tied = t / z;
    out.value = (outcome === 0.5 ? tau : (outcome - 0.5) * eta) - top - Math.log(z);
    out.eta = outcome - 0.5 - mean;
    out.tie = (outcome === 0.5 ? 1 : 0) - tied;
    out.etaEta = (i + j) / (4 * z) - mean * mean;
    out.etaTie = -mean * tied;
    out.tieTie = tied * (1 - tied);
  },
};

/** Rao and Kupper 1967 (JASA 62): P(i) = πi/(πi + ϑπj) = σ(η − τ), P(tie) = (ϑ² − 1)P(i)P(j). τ = log ϑ > 0. */
const raoKupper: Link = {
  parameters: 1,
  start: 0.5,
  term(eta, tau, outcome, out) {
    out.value = out.eta = out.tie = out.etaEta = out.etaTie = out.tieTie = 0;
    if (!(tau > 0)) {
      out.value = -Infinity;
      return;
    }
    if (outcome >= 0.5) {
      const q = 1 / (1 + Math.exp(eta - tau)); // 1 − P(i)
      out.value += -softplus(tau - eta);
      out.eta += q;
      out.tie -= q;
      out.etaEta += q * (1 - q);
      out.etaTie -= q * (1 - q);
      out.tieTie += q * (1 - q);
    }
    if (outcome <= 0.5) {
      const q = 1 / (1 + Math.exp(-eta - tau)); // 1 − P(j)
      out.value += -softplus(tau + eta);
      out.eta -= q;
      out.tie -= q;
      out.etaEta += q * (1 - q);
      out.etaTie += q * (1 - q);
      out.tieTie += q * (1 - q);
    }
    if (outcome === 0.5) {
      const e = Math.expm1(2 * tau);
      out.value += Math.log(e);
      out.tie += 2 + 2 / e;
      out.tieTie += (4 * (e + 1)) / (e * e);
    }
  },
};

export const links: Readonly<Record<Ties, Link>> = { half, davidson, 'rao-kupper': raoKupper };

/** log(1 + eˣ) */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
