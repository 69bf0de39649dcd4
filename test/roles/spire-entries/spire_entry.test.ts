import { expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import type { Controller } from '../../../engine/module.ts';
import type { Mapping } from '../../../engine/value.ts';
import { parseEntries } from '../../../roles/spire-entries/lib/entry.ts';
import spireEntry from '../../../roles/spire-entries/modules/spire_entry.ts';

/** As `entry show -output json` prints it: SPIRE 1.13.3. */
const SHOWN = `{"entries":[{"id":"mp.vm1.service1","spiffe_id":{"trust_domain":"td","path":"/service1"},"parent_id":{"trust_domain":"td","path":"/node/vm1"},"selectors":[{"type":"unix","value":"user:service1"}],"x509_svid_ttl":3600,"jwt_svid_ttl":0,"federates_with":[],"hint":"","admin":false,"created_at":"1547583197","downstream":false,"expires_at":"0","dns_names":["service1.td"],"revision_number":"0","store_svid":false},{"id":"other","spiffe_id":{"trust_domain":"td","path":"/x"},"parent_id":{"trust_domain":"td","path":"/node/vm1"},"selectors":[{"type":"unix","value":"uid:1"}],"x509_svid_ttl":0,"jwt_svid_ttl":0,"federates_with":[],"hint":"","admin":false,"downstream":false,"dns_names":[]}],"next_page_token":""}`;

const ONE = {
  id: 'vm1.service1',
  spiffe_id: '/service1',
  parent_id: '/node/vm1',
  selectors: ['unix:user:service1'],
  x509_svid_ttl: 3600,
  dns_names: ['service1.td'],
};

async function plan(entries: Mapping[], more: Mapping = {}) {
  const args = resolveArguments(
    spireEntry,
    { program: '/p', socket: '/s', trust_domain: 'td', entries, ...more },
    undefined,
  );
  const ready = await spireEntry.prepare?.({ check: false } as Controller, args as never);
  return spireEntry.plan(parseEntries(SHOWN), ready as never);
}

it('spire_entry leaves an entry alone that is as it should be', async () => {
  expect(await plan([ONE])).toEqual([]);
});

it('spire_entry sends a whole entry for any difference, since an update replaces all of it', async () => {
  const [change, ...others] = await plan([{ ...ONE, x509_svid_ttl: 600 }]);
  expect(others).toEqual([]);
  expect(change).toMatchObject({ key: 'mp.vm1.service1', after: { x509_svid_ttl: 600, dns_names: ['service1.td'] } });
});

it('spire_entry takes one that SPIRE would call the same, whatever its id', async () => {
  const like = { id: 'else', spiffe_id: '/x', parent_id: '/node/vm1', selectors: ['unix:uid:1'] };
  expect(await plan([ONE, like])).toEqual([]);
});

it('spire_entry prunes only entries it owns', async () => {
  expect((await plan([], { prune: true })).map(({ key, after }) => [key, after])).toEqual([['mp.vm1.service1', null]]);
});

it('spire_entry refuses what is no selector', async () => {
  await expect(plan([{ ...ONE, selectors: ['user'] }])).rejects.toThrow('"user" is no selector, which is type:value');
});
