import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

/** Statuses to give first, then what it goes on with: to do as it is asked, another status, or no answer at all. */
export interface Mood {
  first?: number[];
  rest?: 'well' | number | 'hang';
}

interface Endpoint {
  labels: string[];
  identity: number;
  state: string;
}

/** A Cilium agent as far as the program `endpoint` knows one, which may be in a bad mood about any question. */
export interface Agent {
  socket: string;
  /** The questions it was asked, in order, such as `PUT endpoint`. */
  asked: string[];
  /** Moods by question. */
  moods: Record<string, Mood>;
  /** Endpoints it makes stay as they are before they get an identity of their own. */
  unlabelled: boolean;
  /** Called when it was asked what it does not answer. */
  hung(): void;
  endpoint: Endpoint | undefined;
  address: string | undefined;
  close(): Promise<void>;
}

const withSource = (labels: string[]): string[] =>
  labels.map((label) => (label.includes(':') ? label : `unspec:${label}`));

/** The part of models.Endpoint that matters, in the order in which Cilium writes it. */
const modelOf = ({ labels, identity, state }: Endpoint): object => ({
  id: 7,
  status: {
    identity: { id: identity, labels, labelsSHA256: 'a' },
    log: [{ code: 'OK', message: 'Set identity for this endpoint', state: 'waiting-for-identity' }],
    networking: { addressing: [{ ipv4: '10.200.1.10' }] },
    state,
  },
});

export async function startAgent(folder: string): Promise<Agent> {
  const socket = join(folder, 'cilium.sock');
  const given = (labels: string[]): Endpoint =>
    agent.unlabelled
      ? { labels: ['reserved:init'], identity: 5, state: 'ready' }
      : { labels: withSource(labels), identity: 4711, state: 'ready' };
  /** What an agent in a good mood does, by question. */
  const well: Record<string, (path: string, body: { labels: string[] }) => [number, object?]> = {
    'GET config': () => [200, { status: { routeMTU: 1450 } }],
    'POST ipam': (path) => {
      if (agent.address !== undefined) return [502];
      agent.address = path.split('/')[3];
      return [200];
    },
    'DELETE ipam': () => {
      if (agent.endpoint !== undefined) return [500];
      agent.address = undefined;
      return [200];
    },
    'PUT endpoint': (_path, { labels }) => {
      agent.endpoint = given(labels);
      return [201, {}];
    },
    'GET endpoint': () => (agent.endpoint === undefined ? [404] : [200, modelOf(agent.endpoint)]),
    'PATCH endpoint': (_path, { labels }) => {
      if (agent.endpoint === undefined) return [404];
      agent.endpoint = given(labels);
      return [200];
    },
    'DELETE endpoint': () => {
      if (agent.endpoint === undefined) return [404];
      [agent.endpoint, agent.address] = [undefined, undefined];
      return [200];
    },
  };
  const asAsked = (question: string, path: string, body: string): [number, object?] => {
    try {
      return well[question]?.(path, JSON.parse(body || '{}')) ?? [404];
    } catch {
      return [400, { message: `parsing body failed: ${body}` }];
    }
  };
  const server: Server = createServer(async (request, answer) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const question = `${request.method} ${pathname.split('/')[2]}`;
    agent.asked.push(question);
    const mood = agent.moods[question];
    const now = mood?.first?.shift() ?? mood?.rest ?? 'well';
    if (now === 'hang') return agent.hung();
    const [status, said = {}] = now === 'well' ? asAsked(question, pathname, body) : [now, { message: 'no' }];
    answer.writeHead(status).end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const agent: Agent = {
    socket,
    asked: [],
    moods: {},
    unlabelled: false,
    hung: () => undefined,
    endpoint: undefined,
    address: undefined,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return agent;
}
