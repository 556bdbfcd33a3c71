/** Lets others go on before long work does. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
