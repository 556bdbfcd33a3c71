import * as vscode from 'vscode';
import type { z } from 'zod';
import { disposables } from '../base/events';
import type { Disposable } from '../base/events';
import type { Handlers, Methods } from '../protocol/panels';
import { panels } from './contributions';
import type { PageName } from './contributions';
import { panelHtml, panelOptions } from './panel-html';
import { serve } from './panel-wire';

/** What a panel does once its page is there. */
export interface Attached<M extends Methods, R extends Record<keyof M, unknown>, S> extends Disposable {
  readonly handlers: Handlers<M, R>;
  /** The panel is opened again, perhaps with something else to show. */
  show?(state: S): void;
}

export interface PanelSpec<M extends Methods, R extends Record<keyof M, unknown>, E, S> {
  readonly page: PageName;
  readonly title: string;
  readonly methods: M;
  /** Of the state that the page keeps for a reload; state that does not fit it is dropped. */
  readonly state: z.ZodType<S>;
  /** What the panel shows when nothing is known of it. */
  readonly empty: S;
  attach(panel: vscode.WebviewPanel, state: S, send: (event: E) => void): Attached<M, R, S>;
}

export interface SinglePanel<E, S> extends Disposable {
  /** Opens the panel, or brings it to the front. */
  open(state?: S): void;
  /** To the page, if there is one. */
  send(event: E): void;
}

/** A panel of which a window has one: made when it is first asked for, and there again after a reload. */
export function createSinglePanel<M extends Methods, R extends Record<keyof M, unknown>, E, S>(extensionUri: vscode.Uri, spec: PanelSpec<M, R, E, S>): SinglePanel<E, S> {
  const all = disposables();
  const type = panels[spec.page];
  let shown: { readonly panel: vscode.WebviewPanel; readonly attached: Attached<M, R, S>; send(event: E): void } | undefined;

  function attach(panel: vscode.WebviewPanel, state: S): void {
    shown?.panel.dispose();
    // The handlers and the wire need each other: events that are sent before the wire stands have no page to go to.
    let send: (event: E) => void = () => undefined;
    const attached = spec.attach(panel, state, (event) => {
      send(event);
    });
    const wire = serve<M, R, E>(panel.webview, spec.methods, attached.handlers);
    send = (event) => {
      wire.send(event);
    };
    const mine = { panel, attached, send };
    shown = mine;
    panel.onDidDispose(() => {
      wire.dispose();
      attached.dispose();
      if (shown === mine) shown = undefined;
    });
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = panelOptions(extensionUri);
    panel.webview.html = panelHtml(panel.webview, extensionUri, spec.page, 'Plumbline');
  }

  all.add(
    vscode.window.registerWebviewPanelSerializer(type, {
      deserializeWebviewPanel(panel, state: unknown) {
        attach(panel, spec.state.safeParse(state).data ?? spec.empty);
        return Promise.resolve();
      },
    }),
  );
  return {
    open(state) {
      if (shown) {
        if (state !== undefined) shown.attached.show?.(state);
        shown.panel.reveal();
      } else attach(vscode.window.createWebviewPanel(type, spec.title, vscode.ViewColumn.Active), state ?? spec.empty);
    },
    send: (event) => shown?.send(event),
    dispose: () => {
      shown?.panel.dispose();
      all.dispose();
    },
  };
}
