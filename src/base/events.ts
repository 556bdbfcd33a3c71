/** Something to give back. Same shape as VS Code's own. */
export interface Disposable {
  dispose(): void;
}

/** One disposable of many; disposed in reverse order, once. */
export function disposables(...items: Disposable[]): Disposable & { add<T extends Disposable>(item: T): T } {
  const list = [...items];
  return {
    add(item) {
      list.push(item);
      return item;
    },
    dispose() {
      for (const d of list.splice(0).reverse()) d.dispose();
    },
  };
}

export interface Emitter<T> extends Disposable {
  readonly on: (listener: (value: T) => void) => Disposable;
  fire(value: T): void;
}

/** A list of listeners. A listener that throws does not keep the others from hearing; the first error is rethrown after. */
export function emitter<T>(): Emitter<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    on(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    fire(value) {
      const errors: unknown[] = [];
      for (const l of [...listeners]) {
        try {
          l(value);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
    dispose: () => {
      listeners.clear();
    },
  };
}
