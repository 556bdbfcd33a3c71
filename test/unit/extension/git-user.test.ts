import assert from 'node:assert/strict';
import { parseGitUser } from '../../../src/extension/git-user';

describe('git user', () => {
  it('reads the name of the user section, else the e-mail before the @', () => {
    assert.equal(parseGitUser('[core]\n\tbare = false\n[user]\n\tname = Anna Berg\n\temail = a@b.c\n'), 'Anna Berg');
    assert.equal(parseGitUser('[user]\r\n\temail = "anna@b.c"\r\n[alias]\r\n\tname = no\r\n'), 'anna');
  });
  it('takes nothing from other sections', () => {
    assert.equal(parseGitUser('[user]\n[alias]\nname = no\n'), undefined);
    assert.equal(parseGitUser(''), undefined);
    assert.equal(parseGitUser('[user "x"]\nname = no\n'), undefined);
  });
});
