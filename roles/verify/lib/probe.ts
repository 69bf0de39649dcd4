/** What can refuse, each known by something only it says. */
export type Layer =
  | 'Cilium policy'
  | 'Envoy TLS'
  | 'its own TLS'
  | 'Envoy RBAC'
  | 'CoreDNS'
  | 'SPIRE agent'
  | 'kernel'
  | 'hosts file';

/** What is tried. */
export type Act =
  /** A request by URL; `through` is the service whose access log must tell of it. */
  | { kind: 'http'; url: string; method: string; through: string | null; logins?: Login[] }
  /**
   * TLS with a certificate of `identity` (a folder of the material), or with none. `ask` is sent once it stands. Where
   * PostgreSQL turns out to be there, `logins` are tried instead, each by a connection of its own.
   */
  | { kind: 'tls'; address: string; port: number; name: string; identity: string | null; ask: string; logins?: Login[] }
  | { kind: 'tcp'; address: string; port: number; through: string | null }
  | { kind: 'dns'; server: string; name: string; type: 'A' | 'SOA' | 'AXFR' }
  | { kind: 'name'; name: string }
  /** Asks the agent for SVIDs: as a user, or as a unit of that name and user. */
  | { kind: 'svid'; unit: string | null }
  /** Whether the agent of the host answers. */
  | { kind: 'agent' }
  /** Opens the memory of a unit's main process, or of one of its own user's. */
  | { kind: 'memory'; unit: string | null };

/** As whom PostgreSQL is asked, and for which database. */
export interface Login {
  user: string;
  database: string;
}

/** A login that is not what the services' names say, as `verify_logins` has it. */
export interface SaidLogin {
  service: string;
  from: string;
  user?: string;
  database?: string;
}

/** What must come of it. */
export type Expected =
  /** `by`: what would refuse it. */
  | { allowed: true; ids?: string[]; addresses?: string[]; peer?: string; own?: string; by?: Layer }
  | { allowed: false; by: Layer };

/** One thing that is tried, and what must come of it. */
export interface Probe {
  id: string;
  tried: string;
  /** For people: `service1@vm1`. */
  from: string;
  to: string;
  /** Host it runs on. */
  host: string;
  /** Network namespace; null: the host's own. */
  namespace: string | null;
  /** null: root. */
  user: string | null;
  act: Act;
  expect: Expected;
  /** The probe that shows the same path to be alive; a refusal only counts when it was allowed. */
  twin: string | null;
}

/** A probe as the parts of the plan make it: its id is given when all are known. */
export type Draft = Omit<Probe, 'id' | 'twin'> & { twin: Draft | null };

/** What was found on the hosts of the mesh before anything is tried. */
export interface Site {
  zone: string;
  trust_domain: string;
  hosts: SiteHost[];
  /** DNS servers, the one that keeps the zone first. */
  dns: { host: string; address: string }[];
  workloads: { name: string; host: string; user: string }[];
  logins: SaidLogin[];
}

export interface SiteHost {
  name: string;
  address: string;
  ssh_port: number;
  /** Address of each service's endpoint on it. */
  endpoints: Record<string, string>;
  cilium: boolean;
}

/** The namespace without a label, and the one of a stranger to the private DNS, each made for the run. */
export const UNLABELLED = 'mesh-verify';
export const STRANGER = 'mesh-verify-dns';
/** Where what is made for the run is, on each host. */
export const FOLDER = '/run/mesh-verify';

/** Put into the query of a request, so that the access log tells which probe it was. */
export const MARK = 'mesh-verify';

/** What came of a probe on its host. */
export interface Outcome {
  status: number;
  text: string;
  /** It was not; `text` tells why. */
  untried?: boolean;
}

/** What a probe came to. */
export interface Judged {
  verdict: 'allowed' | 'refused' | 'unclear';
  by: Layer | null;
  /** In few words, for the table. */
  happened: string;
  /** What it was seen by. */
  evidence: string;
}
