import type { Service } from './mesh.ts';

/** What a unit's text is made of. */
export type Placed = Pick<Service, 'name' | 'user' | 'namespace' | 'endpoint_unit' | 'sidecar_unit' | 'sidecar'>;

const KEPT = '# Kept by mesh-play; changes made here are lost.';

/** A word of ExecStart: quoted, with what systemd expands written twice, and nothing that would end the line (systemd.service, COMMAND LINES). */
const word = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('$', '$$$$')
    .replaceAll('%', '%%')
    .replace(/\p{Cc}/gu, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;

/** The program lives and dies with its namespace, and sees names as the mesh has them. */
function place({ namespace, endpoint_unit: endpoint, sidecar_unit: sidecar, sidecar: kind }: Placed) {
  const beside = kind === 'envoy' ? [sidecar] : ['spire-agent.service'];
  return {
    unit: [`BindsTo=${endpoint}`, `After=${[endpoint, ...beside].join(' ')}`, `Wants=${beside.join(' ')}`],
    service: [
      `NetworkNamespacePath=/run/netns/${namespace}`,
      `BindReadOnlyPaths=/etc/netns/${namespace}/hosts:/etc/hosts /etc/netns/${namespace}/resolv.conf:/etc/resolv.conf`,
    ],
  };
}

/** What is added to a unit of the user's own. */
export function dropInOf(placed: Placed): string {
  const { unit, service } = place(placed);
  return [KEPT, '[Unit]', ...unit, '', '[Service]', ...service, ''].join('\n');
}

/** A unit for a service that has a command. */
export function programUnitOf(placed: Placed, command: readonly string[]): string {
  const { unit, service } = place(placed);
  return [
    KEPT,
    '[Unit]',
    `Description=${placed.name}, a service of the mesh`,
    ...unit,
    '',
    '[Service]',
    `User=${placed.user}`,
    `ExecStart=${command.map(word).join(' ')}`,
    ...service,
    'Restart=always',
    'RestartSec=1',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectKernelTunables=yes',
    'ProtectControlGroups=yes',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
