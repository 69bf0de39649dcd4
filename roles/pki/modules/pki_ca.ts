import {
  ATTRIBUTES,
  type Attributes,
  attributesIn,
  type Change,
  type Content,
  defineModule,
  planAttributes,
  type Stat,
} from 'mesh-play';
import { CA, type Ca, caOf } from '../lib/ca.ts';
import { caRemark } from '../lib/judge.ts';

interface Args extends Ca, Attributes {
  path: string;
}

interface Ready extends Args {
  /** Undefined in check mode before the CA was made. */
  content: Content | undefined;
}

/** Keeps the certificate of one of the controller's CAs on a host that checks what others show. */
export default defineModule<Args, { stat: Stat | undefined }, Ready>({
  name: 'pki_ca',
  description: 'Keeps the certificate of one of the controller’s CAs on a host; the CA is made when it is not there.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'ca', 'path'],
    properties: {
      ...CA,
      path: { type: 'string', format: 'path', description: 'Where its certificate is on the host.' },
      ...ATTRIBUTES,
    },
  },
  prepare: async (controller, args) => {
    const { caFolder, caPem: pem } = await caOf(args, controller);
    const remark = pem === undefined ? undefined : caRemark(args.ca, caFolder, pem, Date.now());
    if (remark !== undefined) controller.warn(remark);
    return { ...args, content: pem === undefined ? undefined : controller.text(pem) };
  },
  probe: async (host, { path }) => ({ stat: await host.stat(path, { sha256: true }) }),
  plan: ({ stat }, ready): Change[] => {
    const { ca, content } = ready;
    const change = { key: 'certificate', before: stat ? 'another' : null, after: ca };
    return [
      ...(content === undefined || stat?.sha256 !== content.sha256 ? [change] : []),
      ...(stat === undefined ? [] : planAttributes(stat, attributesIn(ready))),
    ];
  },
  apply: async (host, _changes, { path, content, ...args }) => {
    if (content !== undefined) await host.write(path, content, attributesIn(args));
  },
});
