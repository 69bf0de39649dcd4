import { defineController, nearest, Problem } from 'mesh-play';
import { direction, type Use } from '../lib/version.ts';

interface Args {
  product: string;
  products: string[];
  version: string;
  only: 'all' | 'servers' | 'agents';
  uses?: Use[];
}

/** Checks an upgrade, and tells whether it goes up or down. */
export default defineController<Args>({
  name: 'upgrade_check',
  description: 'Checks that a version can be gone to from what hosts have, and tells whether that is up or down.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['product', 'products', 'version'],
    properties: {
      product: { type: 'string', description: 'What is to go to another version.', examples: ['spire'] },
      products: { type: 'array', items: { type: 'string' }, description: 'All there are.' },
      version: { type: 'string', description: 'The version to go to.', examples: ['1.14.1'] },
      only: { type: 'string', enum: ['all', 'servers', 'agents'], default: 'all', description: 'Parts that go to it.' },
      uses: {
        type: 'array',
        items: { type: 'object' },
        description: 'host, part and version of each one in use. Absent: only the names are checked.',
      },
    },
  },
  evaluate: async ({ product, products, version, only, uses }) => {
    if (!products.includes(product)) {
      const meant = nearest(product, products);
      throw new Problem({
        code: 'unknown-product',
        what: product === '' ? 'no product is named' : `"${product}" is no product of the mesh`,
        mend: `${meant === undefined ? '' : `did you mean "${meant}"? `}run with -e product=NAME -e version=X: ${products.join(', ')}`,
      });
    }
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw new Problem({
        code: 'wrong-version',
        what: `"${version}" is no version of ${product}`,
        mend: 'write it whole, such as -e version=1.14.1',
      });
    return { returns: uses ? { direction: direction({ product, to: version, only }, uses) } : {} };
  },
});
