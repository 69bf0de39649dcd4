// ssh2's own entry also loads its server, its key generator and agents for HTTP; these are the parts a client needs.
declare module 'ssh2/lib/client.js' {
  import { Client } from 'ssh2';
  export default Client;
}
declare module 'ssh2/lib/protocol/keyParser.js' {
  import { utils } from 'ssh2';

  const parser: Pick<typeof utils, 'parseKey'>;
  export default parser;
}
