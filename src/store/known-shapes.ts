/**
 * Whether a parsed line is a generation that the schema would give back unchanged. It says no to whatever is out of the
 * ordinary: the schema then says what, and why. Twenty times as fast as the schema, for files of a hundred thousand lines.
 */
export function isGeneration(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { v, id, promptHash, prompt, messages, responses } = value;
  if (v !== 1 || typeof id !== 'string' || id === '' || !isHash(promptHash)) return false;
  if (prompt === undefined ? !Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage) : typeof prompt !== 'string' || messages !== undefined) return false;
  return Array.isArray(responses) && responses.length > 0 && responses.every(isResponse);
}

function isResponse(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { hash, text, source, finished } = value;
  return isHash(hash) && typeof text === 'string' && typeof source === 'string' && source !== '' && (finished === undefined || typeof finished === 'boolean');
}

/** Of role and content alone: the schema leaves out other fields. */
function isMessage(value: unknown): boolean {
  return isObject(value) && typeof value['role'] === 'string' && typeof value['content'] === 'string' && Object.keys(value).length === 2;
}

const isHash = (value: unknown): boolean => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
