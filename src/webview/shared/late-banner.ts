import { t } from './l10n';
import type { Late } from './late';

let banner: HTMLElement | undefined;

/** Says at the foot of the page, and to who listens, that nothing answers; a host that is only slow is the page's own business. */
export function showLate(late: Late): void {
  say(late === 'silent' ? [t('Plumbline does not answer any more.'), t('If this stays so, reload the window: F1, then “Developer: Reload Window”.')] : []);
}

/** As {@link showLate}, where what was entered is kept and somebody waits for it to be saved. */
export function showLateSave(late: Late): void {
  const kept = t('Nothing is lost: what you have chosen is kept, and is here again then.');
  if (late === 'slow') say([t('This takes longer than usual; it is not saved yet.'), t('What you have chosen is kept.')]);
  else say(late === 'silent' ? [t('Plumbline does not answer any more.'), t('If this stays so, reload the window: F1, then “Developer: Reload Window”.'), kept] : []);
}

function say(sentences: readonly string[]): void {
  banner?.remove();
  banner = undefined;
  if (sentences.length === 0) return;
  banner = document.createElement('p');
  banner.className = 'banner warning late';
  banner.setAttribute('role', 'alert');
  const strong = document.createElement('strong');
  strong.textContent = sentences[0]!;
  banner.append(strong, ` ${sentences.slice(1).join(' ')}`);
  document.body.append(banner);
}
