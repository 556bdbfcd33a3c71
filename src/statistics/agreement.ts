export function computeAgreement(input: { readonly stub: true }): { readonly stub: true } {
  return input;
}
