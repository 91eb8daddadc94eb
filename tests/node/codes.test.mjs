// The stable error codes, and the share codes, of the package in Node.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { TidelockError, checkShareCode, errorCodes, init, version } from 'tidelock';
import * as bindings from '../../dist/tidelock.js';
import manifest from '../../package.json' with { type: 'json' };

describe('the package in Node', () => {
  before(() => init());

  it('has the error codes of the Rust crate', () => {
    assert.deepEqual(bindings.errorCodes().split(' '), [...errorCodes]);
  });

  it('has one version', () => {
    assert.equal(version(), manifest.version);
  });

  it('loads its module once, however often it is asked', async () => {
    await Promise.all([init(), init()]);
    assert.equal(version(), manifest.version);
  });

  it('says what is wrong with a share code, and where', () => {
    const thrownBy = (typed) => {
      try {
        return checkShareCode(typed);
      } catch (thrown) {
        assert.ok(thrown instanceof TidelockError, String(thrown));
        assert.equal(thrown.code, 'invalid_share_code');
        assert.ok(thrown.message.length > 0);
        assert.equal(thrown.retryable, false);
        return thrown.details;
      }
    };
    const wrong = thrownBy('ABCD-EFGH-JK0M');
    assert.equal(wrong.position, 11);
    assert.equal(wrong.found, '0');
    for (const typed of ['', 'ABCD', 'ABCD-EFGH-JKLMN', 'ÄBCD-EFGH-JKLM', '\u0000', 'ABCD EFGH JKL\u{1F34F}', 'A'.repeat(100_000)]) {
      assert.equal(typeof thrownBy(typed), 'object', JSON.stringify(typed.slice(0, 20)));
    }
  });
});
