/** A member as its cluster lists it. */
export interface Member {
  id: string;
  peerUrl: string;
  /** It was started once: until then it has told nobody where clients reach it. */
  known: boolean;
}

/** What `etcdctl member list -w simple` prints: id, status, name, peer addresses, client addresses, whether it only learns. */
export function parseMembers(text: string): Member[] {
  return text
    .split('\n')
    .filter((line) => line.includes(', '))
    .map((line) => {
      const [id = '', , , peerUrl = '', clientUrl = ''] = line.split(', ');
      return { id, peerUrl, known: clientUrl !== '' };
    });
}

/** What a member starts with the first time; afterwards it knows better itself, and etcd reads none of it. */
export function initialText(state: 'new' | 'existing', members: Readonly<Record<string, string>>): string {
  const cluster = Object.entries(members).map(([name, url]) => `${name}=${url}`);
  return `# Kept by mesh-play: what etcd reads at its first start, and never again.
ETCD_INITIAL_CLUSTER_STATE=${state}
ETCD_INITIAL_CLUSTER=${cluster.join(',')}
`;
}
