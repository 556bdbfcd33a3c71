import type * as vscode from 'vscode';
import type { Disposable } from '../base/events';
import { messageOf, UserError } from '../base/errors';
import type { Handlers, Methods, ToPage } from '../protocol/panels';
import { callSchema, pingMethod } from '../protocol/panels';
import { log, report } from './edge';

/** The host's end of a panel's wire. */
export interface Wire<E> {
  send(event: E): void;
}

/**
 * Answers a page's calls. Every message is checked against its method's schema before a handler sees it. What a handler
 * throws goes back to the page, whose call rejects; a UserError with a cure is shown here, too, with its button.
 */
export function serve<M extends Methods, R extends Record<keyof M, unknown>, E>(webview: Pick<vscode.Webview, 'postMessage' | 'onDidReceiveMessage'>, methods: M, handlers: Handlers<M, R>): Wire<E> & Disposable {
  const post = (message: ToPage<E>): void => void webview.postMessage(message);
  const subscription = webview.onDidReceiveMessage(async (message: unknown) => {
    const call = callSchema.safeParse(message);
    if (!call.success) {
      log.warn(`a panel's page sent what is no call: ${call.error.message}`);
      return;
    }
    const { id, method, params } = call.data;
    if (method === pingMethod) {
      post({ type: 'result', id, value: null });
      return;
    }
    try {
      post({ type: 'result', id, value: await dispatch(methods, handlers, method, params) });
    } catch (error) {
      const cure = error instanceof UserError && error.action !== undefined;
      const bug = !(error instanceof UserError);
      post({ type: 'error', id, error: { message: messageOf(error), shown: cure || bug } });
      if (cure || bug) void report(error);
    }
  });
  return {
    send: (event) => {
      post({ type: 'event', event });
    },
    dispose: () => {
      subscription.dispose();
    },
  };
}

function dispatch<M extends Methods, R extends Record<keyof M, unknown>>(methods: M, handlers: Handlers<M, R>, method: string, params: unknown): unknown {
  if (!Object.hasOwn(methods, method)) throw new Error(`a panel's page called "${method}", which there is not`);
  const checked = methods[method]!.safeParse(params);
  if (!checked.success) throw new Error(`a panel's page called "${method}" with wrong parameters: ${checked.error.message}`);
  const handler = handlers[method]! as (params: unknown) => unknown;
  return handler(checked.data);
}
