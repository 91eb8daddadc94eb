import { describe, expect, it } from 'vitest';
import { describeActivity } from './describeActivity';

const callOf = (id: string) => new Map([['seastar', 'Seastar'], ['mona', 'Mother']]).get(id);
const VIEW = { view: true, upload: false, note: false };

describe('what is said of what happened', () => {
  it('names who was given what, and until when', () => {
    const granted = { what: 'granted', at: 1, dataOwnerId: 'seastar', kind: 'clinic', permissions: VIEW } as const;
    expect(describeActivity(granted, callOf)).toMatchObject({ title: 'You gave Seastar access', detail: 'May see the record' });
    expect(describeActivity({ ...granted, what: 'changed' }, callOf)).toMatchObject({ title: 'You changed what Seastar may do', detail: 'May see the record from then on' });
    expect(describeActivity({ ...granted, what: 'revoked' }, callOf)).toMatchObject({ title: 'The access of Seastar ended', detail: 'Could see the record until then' });
  });

  it('takes the name that was signed where there is no other', () => {
    const granted = { what: 'granted', at: 1, dataOwnerId: 'moon', kind: 'clinic', permissions: VIEW } as const;
    expect(describeActivity({ ...granted, name: 'Moon' }, callOf).title).toBe('You gave Moon access');
    expect(describeActivity(granted, callOf).title).toBe('You gave a clinic access');
  });

  it('says who wrote, in whose name and how often', () => {
    const written = { what: 'written', at: 2, since: 1, writes: 1, by: 'mona' } as const;
    expect(describeActivity(written, callOf)).toMatchObject({ title: 'Mother wrote in your record', detail: 'Once' });
    expect(describeActivity({ ...written, by: 'mary', inNameOf: 'seastar', writes: 3 }, callOf).title).toBe('Somebody at Seastar wrote in your record');
  });
});
