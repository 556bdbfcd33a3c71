import type { AgreementInput, AgreementReport } from '../domain/agreement/report';
import { agreementReport } from '../domain/agreement/report';

/** The agreement panel's numbers, on the worker: columns go over, a report comes back. */
export function computeAgreement(input: AgreementInput): AgreementReport {
  return agreementReport(input);
}
