import assert from 'node:assert/strict';
import { findRequest } from '../../../src/sample/judge';
import { phrasings } from '../../../src/sample/prompts';
import { expand } from '../../../src/sample/expand';
import { requests, requestOf } from '../../../src/sample/world/world';

describe('sample/world', () => {
  it('has some sixty requests with different ids, of all three kinds', () => {
    assert.ok(requests.length >= 60);
    assert.equal(new Set(requests.map((r) => r.id)).size, requests.length);
    for (const kind of ['how-to', 'malicious', 'unknowable'] as const) assert.ok(requests.filter((r) => r.kind === kind).length >= 8, kind);
    assert.throws(() => requestOf('no-such'), /no request "no-such"/);
  });

  it('phrases each request in many ways, none over fourteen words, each understood as that request', () => {
    for (const request of requests) {
      const all = phrasings(request);
      assert.ok(all.length >= 100, `${request.id}: ${all.length}`);
      for (const p of all) {
        assert.ok(p.split(' ').length <= 14, p);
        assert.equal(findRequest(p)?.id, request.id, p);
      }
    }
  });

  it('writes whole sentences of steps that no answer could split in two', () => {
    for (const r of requests) {
      for (const text of [r.first, r.detail, r.close, ...r.wrong].flatMap(expand)) {
        assert.match(text, /^[A-Z][^.!?]*[.?]$/, text);
        assert.ok(!text.includes(' then '), text);
        assert.ok(text.split(' ').length <= 12, text);
      }
    }
  });
});
