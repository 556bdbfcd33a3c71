import { care } from './care';
import { garden } from './garden';
import { home } from './home';
import { kitchen } from './kitchen';
import { out } from './out';
import { maliciousRequests, unknowableRequests } from './refuse';
import type { Request } from './request';

/** Everything that can be asked in the sample's world. */
export const requests: readonly Request[] = [...kitchen, ...garden, ...home, ...care, ...out, ...maliciousRequests, ...unknowableRequests];

const byId = new Map(requests.map((r) => [r.id, r]));

/** The request of this id. Throws on an unknown id: ids come from the world itself. */
export function requestOf(id: string): Request {
  const found = byId.get(id);
  if (found === undefined) throw new RangeError(`no request "${id}"`);
  return found;
}
