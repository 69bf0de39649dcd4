/** A packet that Cilium dropped, as `cilium-dbg monitor -j --type drop` tells it. */
export interface Drop {
  /** The host whose agent told it. */
  host: string;
  reason: string;
  from: string;
  to: string;
  port: number;
  /** Cilium's numbers of the identities; below 256 they are reserved ones. */
  source: number;
  destination: number;
}

interface DropLine {
  type?: string;
  reason?: string;
  srcLabel?: number;
  dstLabel?: number;
  summary?: { l3?: Ends; l4?: Ends };
}

interface Ends {
  src: string;
  dst: string;
}

/** The drops in what a monitor printed; lines of anything else are left out. */
export function dropsIn(host: string, text: string): Drop[] {
  return linesOf(text).flatMap((line) => {
    const { type, reason = '', srcLabel = 0, dstLabel = 0, summary } = line as DropLine;
    if (type !== 'drop' || !summary?.l3 || !summary.l4) return [];
    const { l3, l4 } = summary;
    return [{ host, reason, from: l3.src, to: l3.dst, port: Number(l4.dst), source: srcLabel, destination: dstLabel }];
  });
}

/** A line of a sidecar's access log, of a call that came in. */
export interface Access {
  service: string;
  host: string;
  /** null: not HTTP. */
  path: string | null;
  code: number;
  details: string;
  peer: string;
  own: string;
}

interface AccessLine {
  direction?: string;
  path?: string;
  response_code?: number;
  response_code_details?: string;
  downstream_peer_uri_san?: string;
  downstream_local_uri_san?: string;
}

/** The calls that came in, in the journal of a service's sidecar. What else is printed there is left out. */
export function accessesIn(host: string, service: string, text: string): Access[] {
  return linesOf(text).flatMap((line) => {
    const said = line as AccessLine;
    if (said.direction !== 'inbound') return [];
    return [
      {
        host,
        service,
        path: said.path ?? null,
        code: said.response_code ?? 0,
        details: said.response_code_details ?? '',
        peer: said.downstream_peer_uri_san ?? '',
        own: said.downstream_local_uri_san ?? '',
      },
    ];
  });
}

/** Each line that is a JSON object. */
function linesOf(text: string): object[] {
  return text.split('\n').flatMap((line): object[] => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as object];
    } catch {
      // A line that was cut off when the monitor ended tells nothing.
      return [];
    }
  });
}
