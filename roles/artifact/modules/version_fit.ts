import { compareVersions, defineController, Problem } from 'mesh-play';

interface Args {
  product: string;
  version: string;
  oldest: string;
  newest: string;
  asked: { what: string; since: string }[];
}

/** Checks that the roles know how to configure a version, and that it has what is asked of it. */
export default defineController<Args>({
  name: 'version_fit',
  description:
    'Checks, before a host is touched, that the roles know how to configure a version, and that it has what is asked of it. One newer than the newest known gets the configuration of that one, with a warning.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['product', 'version', 'oldest', 'newest'],
    properties: {
      product: { type: 'string', description: 'Name of the product.', examples: ['spire'] },
      version: { type: 'string', description: 'The version to configure.', examples: ['1.15.3'] },
      oldest: { type: 'string', description: 'The oldest version that the roles know.', examples: ['1.13.3'] },
      newest: { type: 'string', description: 'The newest version that was run.', examples: ['1.15.3'] },
      asked: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description: 'Settings of the inventory that not every version has: what, and since which version.',
        examples: [[{ what: 'spire_jwt_svids: false', since: '1.14.0' }]],
      },
    },
  },
  evaluate: async ({ product, version, oldest, newest, asked }, _evaluator, controller) => {
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw refused(`${product}_version "${version}" is no version`, `write it whole, such as ${newest}`);
    if (compareVersions(version, oldest) < 0)
      throw refused(
        `${product} ${version} is older than ${oldest}, the oldest that the roles know how to configure`,
        `set ${product}_version to ${oldest} or newer`,
      );
    for (const { what, since } of asked)
      if (compareVersions(version, since) < 0)
        throw refused(
          `${what} needs ${product} ${since}, and ${product}_version is ${version}`,
          'leave it out, or take a newer version',
        );
    if (isNewerMinor(version, newest))
      controller.warn(
        `${product} ${version} is newer than ${newest}, the newest that was run with these roles: it gets the configuration of that one`,
      );
    return {};
  },
});

/** A patch changes nothing that a configuration says. */
const isNewerMinor = (version: string, newest: string): boolean =>
  compareVersions(version.replace(/^(\d+\.\d+)\..*/, '$1.0'), newest.replace(/^(\d+\.\d+)\..*/, '$1.0')) > 0;

const refused = (what: string, mend: string): Problem =>
  new Problem({
    code: 'version-does-not-fit',
    what,
    why: 'what the roles write into its configuration must be understood by it',
    mend,
  });
