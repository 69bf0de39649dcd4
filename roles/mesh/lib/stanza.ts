import type { Property } from 'mesh-play';

/** One stanza of `mesh_services` as it is written, after the engine's conversions. */
export interface Stanza {
  name: string;
  host?: string;
  hosts?: string[];
  user: string;
  unit?: string;
  command?: string[];
  listen?: number;
  protocol: 'http' | 'tcp';
  port?: number;
  sidecar: 'envoy' | 'none';
  allow_from: Allowed[];
  egress?: Egress[];
  ttl: string;
}

/** Who may call a service, and with protocol http what of it. */
export interface Allowed {
  service: string;
  methods?: string[];
  paths?: string[];
}

/** What a service may call: another service, or addresses outside the mesh. */
export interface Egress {
  service?: string;
  cidr?: string;
  ports?: number[];
  protocol: 'TCP' | 'UDP';
}

const PORT = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const TEXTS = { type: 'array', items: { type: 'string' } } as const;

const ALLOWED: Omit<Property, 'description'> = {
  type: 'object',
  additionalProperties: false,
  required: ['service'],
  properties: {
    service: { type: 'string', description: 'Name of a service of the mesh.' },
    methods: { ...TEXTS, description: 'http only: methods it may use. All when absent.', examples: [['GET']] },
    paths: {
      ...TEXTS,
      description: 'http only: paths it may ask for; a * at the end stands for anything. All when absent.',
      examples: [['/api/*']],
    },
  },
};

const EGRESS: Omit<Property, 'description'> = {
  type: 'object',
  additionalProperties: false,
  properties: {
    service: { type: 'string', description: 'Name of a service of the mesh.' },
    cidr: {
      type: 'string',
      description: 'Addresses that are no service’s; those of hosts among them.',
      examples: ['192.0.2.0/24'],
    },
    ports: { type: 'array', items: PORT, description: 'Ports of those addresses.', examples: [[443]] },
    protocol: { type: 'string', enum: ['TCP', 'UDP'], default: 'TCP', description: 'Protocol of those ports.' },
  },
};

/** The schema of one stanza: manual, check and editor support come from it. */
export const STANZA: Omit<Property, 'description'> = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'user'],
  properties: {
    name: { type: 'string', description: 'Its name: a DNS label, and the path of its SPIFFE ID.' },
    host: { type: 'string', description: 'The host of the group mesh it runs on.' },
    hosts: { ...TEXTS, description: 'Several hosts instead of one: calls are balanced over them.' },
    user: { type: 'string', description: 'The user it runs as. Made when absent.' },
    unit: { type: 'string', description: 'An existing unit of yours that runs it.', examples: ['service2.service'] },
    command: { ...TEXTS, description: 'Words of a command, to have a unit made that runs it.' },
    listen: { ...PORT, description: 'Where the program listens, on loopback. Absent: it only calls others.' },
    protocol: { type: 'string', enum: ['http', 'tcp'], default: 'tcp', description: 'What it speaks.' },
    port: { ...PORT, description: 'What its clients open. Default: 80 for http, listen for tcp.' },
    sidecar: {
      type: 'string',
      enum: ['envoy', 'none'],
      default: 'envoy',
      description: 'none: the program speaks SPIFFE itself, and listens on all addresses of its namespace.',
    },
    allow_from: { type: 'array', items: ALLOWED, default: [], description: 'Who may call it. Nobody when absent.' },
    egress: {
      type: 'array',
      items: EGRESS,
      description: 'What it may call, and nothing else. Default: the services whose allow_from names it.',
    },
    ttl: { type: 'string', default: '1h', description: 'Lifetime of its certificate.', examples: ['1h'] },
  },
};
