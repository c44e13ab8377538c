import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainErrorNumber, knownErrorNumbers, RefusedError } from '../src/index.ts';
import { MockApple, never, rejection, sToken } from './support/apple.ts';

const reference = new URL('../../../../shared/reference/apple-protocols.md', import.meta.url);
const referenceIsHere = existsSync(reference);
if (!referenceIsHere) {
  process.stderr.write('The protocol reference is not here: its numbers are not compared.\n');
}

describe('explainErrorNumber', () => {
  it.runIf(referenceIsHere)('knows every number of the reference', () => {
    const text = readFileSync(reference, 'utf8');
    const section = text.slice(text.indexOf('### 1.12'), text.indexOf('### 1.13'));
    const numbers = new Set(
      [...section.matchAll(/\b9[678]\d\d\b/g)].map(([number]) => Number(number)),
    );
    expect(numbers.size).toBeGreaterThan(60);
    expect([...numbers].filter((number) => !knownErrorNumbers.includes(number))).toEqual([]);
  });

  it('gives each number a word of its own, somebody who can mend it, and a next step', () => {
    const explained = knownErrorNumbers.map(explainErrorNumber);
    expect(new Set(explained.map(({ code }) => code)).size).toBe(explained.length);
    for (const { number, remedy, meaning, who } of explained) {
      expect([number, remedy !== '', meaning !== '', who !== undefined]).toEqual([
        number,
        true,
        true,
        true,
      ]);
    }
  });

  it('does not repeat what it does not know', () => {
    expect(explainErrorNumber(9999)).toMatchObject({ code: 'unknownNumber', retryable: false });
  });
});

describe('a refusal', () => {
  it.each(knownErrorNumbers)(
    '%i is recognized on HTTP 200 and on an HTTP error alike',
    async (errorNumber) => {
      await using apple = new MockApple();
      const body = { errorNumber, errorMessage: `It failed for ${sToken}.` };
      for (const status of [200, 400, 500]) {
        apple.post('assets/revoke', status, body);
        const error = await rejection(
          apple.location.revoke({ serialNumbers: ['C02SIM0001'] }, never),
        );
        expect(error).toBeInstanceOf(RefusedError);
        const { code, who, remedy, retryable } = explainErrorNumber(errorNumber);
        expect(error).toMatchObject({
          code,
          who,
          remedy,
          retryable,
          number: errorNumber,
          httpStatus: status,
        });
        expect(String(error)).not.toContain(sToken);
      }
    },
  );

  it('tells what Apple names', async () => {
    await using apple = new MockApple();
    apple.post('assets/associate', 400, {
      errorNumber: 9703,
      errorMessage: 'Duplicate assets.',
      errorInfo: { assets: [{ adamId: 408709785, pricingParam: 'STDQ' }] },
    });
    const change = {
      assets: [{ adamId: '408709785', pricingParam: 'STDQ' }],
      serialNumbers: ['A'],
    };
    expect(await rejection(apple.location.associate(change, never))).toMatchObject({
      code: 'duplicateAssets',
      who: 'us',
      errorInfo: { assets: [{ adamId: '408709785', pricingParam: 'STDQ' }] },
    });
  });

  it('stays a refusal when its details are malformed', async () => {
    await using apple = new MockApple();
    apple.post('assets/revoke', 200, { errorNumber: '9625', errorInfo: 'odd' });
    const error = await rejection(apple.location.revoke({ serialNumbers: ['A'] }, never));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'tokenRevoked' });
  });

  it.each([
    [401, 'tokenInvalid', false],
    [403, 'refused', false],
    [404, 'refused', false],
    [429, 'tooManyRequests', true],
  ])('is read from HTTP %i without a number as %s', async (status, code, retryable) => {
    await using apple = new MockApple();
    apple.post('assets/revoke', status, '<html>no</html>');
    const error = await rejection(apple.location.revoke({ serialNumbers: ['A'] }, never));
    expect(error).toMatchObject({ code, retryable, number: undefined });
    expect(error).toBeInstanceOf(RefusedError);
  });
});
