import { hostsOf, loopbackOf, unitName } from './derive.ts';
import { type Fault, repeated } from './fault.ts';
import type { Stanza } from './stanza.ts';

/** What only shows between stanzas: said of the last of them. */
export function* clashes(all: readonly Stanza[]): Generator<Fault> {
  const last = (wanted: (stanza: Stanza) => boolean): number => all.findLastIndex(wanted);
  for (const name of repeated(all.map((stanza) => stanza.name)))
    yield { at: [last((one) => one.name === name), 'name'], what: `two services are called "${name}"` };
  for (const host of new Set(all.flatMap(hostsOf))) {
    const here = all.filter((stanza) => hostsOf(stanza).includes(host));
    for (const user of repeated(here.map((stanza) => stanza.user)))
      yield {
        at: [last((one) => here.includes(one) && one.user === user), 'user'],
        what: `two services on ${host} run as ${user}`,
        why: 'each could act in the name of the other',
        mend: 'give each a user of its own',
      };
    for (const unit of repeated(here.flatMap(unitsOf)))
      yield {
        at: [last((one) => here.includes(one) && unitsOf(one).includes(unit)), 'unit'],
        what: `two services on ${host} are run by ${unit}`,
      };
  }
  for (const [index, { name, egress = [] }] of all.entries()) {
    const called = egress.flatMap(({ service }) => (service === undefined ? [] : [service]));
    const at = (wanted: (service: string) => boolean): Fault['at'] => {
      const item = egress.findLastIndex(({ service }) => service !== undefined && wanted(service));
      return [index, 'egress', item, 'service'];
    };
    for (const twice of repeated(called))
      yield { at: at((service) => service === twice), what: `${name}: egress names ${twice} twice` };
    for (const address of repeated([...new Set(called)].map(loopbackOf)))
      yield {
        at: at((service) => loopbackOf(service) === address),
        what: `${name}: two services it calls come to the loopback address ${address}`,
        mend: 'rename one of them',
      };
  }
}

const unitsOf = ({ unit }: Stanza): string[] => (unit === undefined ? [] : [unitName(unit)]);
