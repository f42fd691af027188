import root from '../package.json' with { type: 'json' };

/** One of the packages that `npm run packages` makes of the one build. */
export interface PackageDescription {
  name: string;
  description: string;
  keywords: readonly string[];
  /** Its README, in this checkout. */
  readme: string;
  /** What can be imported, and the module of each. */
  entries: Readonly<Record<string, string>>;
  /** Its commands, and the module of each. */
  bin?: Readonly<Record<string, string>>;
  /** Files that are read, required or started by their path, so that no import names them. */
  assets?: readonly string[];
  /** What its `#…` imports stand for. */
  imports?: Readonly<Record<string, string>>;
  /** Of its dependencies, those that the caller brings, with what it accepts. */
  peers?: Readonly<Record<string, string>>;
  /** Packages that it can use and does not need. */
  optional?: Readonly<Record<string, string>>;
}

const keywords = ['composio', 'temporal', 'oauth', 'connected-accounts', 'durable-execution'];

/** What a worker loads by its path. */
const workerAssets = ['src/workflow-bundle.js', 'src/temporal/failure-converter.cjs'];

const inPackage = {
  '#package.json': './package.json',
  '#schedules.json': './dist/mooring.schedules.json',
};

export const descriptions: readonly PackageDescription[] = [
  {
    name: 'mooring',
    description: root.description,
    keywords,
    readme: 'README.md',
    entries: { '.': 'src/index', './accounts': 'src/accounts', './verify': 'src/verify' },
    // A backend passes its own client, which must be of the same class.
    peers: { '@temporalio/client': `^${root.dependencies['@temporalio/client']}` },
  },
  {
    name: 'mooring-server',
    description: 'The worker, the gateway and the command line of Mooring',
    keywords,
    readme: 'packages/mooring-server.md',
    entries: { './worker': 'src/worker', './gateway': 'src/gateway' },
    bin: { mooring: 'src/cli/main' },
    assets: [...workerAssets, 'mooring.schedules.json'],
    imports: {
      ...inPackage,
      '#sandbox': 'mooring-sandbox',
      '#local-stack': 'mooring-sandbox/local-stack',
      '#demo': 'mooring-sandbox/demo',
    },
    optional: { 'mooring-sandbox': root.version },
  },
  {
    name: 'mooring-sandbox',
    description: 'A Composio API with a real OAuth provider, and all of Mooring, on your machine',
    keywords: [...keywords, 'sandbox', 'mock-server'],
    readme: 'packages/mooring-sandbox.md',
    entries: {
      '.': 'sandbox/index',
      './control': 'sandbox/control',
      './local-stack': 'src/dev/local-stack',
      './demo': 'demo/main',
    },
    bin: { 'mooring-sandbox': 'src/cli/main' },
    assets: [...workerAssets, 'src/dev/temporal/cli-download.cjs', 'mooring.schedules.json'],
    imports: {
      ...inPackage,
      '#sandbox': './dist/sandbox/index.js',
      '#local-stack': './dist/src/dev/local-stack.js',
      '#demo': './dist/demo/main.js',
    },
  },
];
