import { describe, expect, it } from '@jest/globals'
import type { DeployConfig } from '../../../src/config/config.ts'
import { configOf, environmentWith, mistakesOf } from './environment.ts'

const HEX = '0123456789abcdef'.repeat(4)
const FINGERPRINT = `SHA256:${'aB3+/'.repeat(8)}xyz`

type Read = (config: DeployConfig) => unknown

const accepted: readonly (readonly [name: string, text: string, read: Read, value: unknown])[] = [
  ...['a', 'host', 'host.example', 'a-b.c_d.example', '10.0.0.1', '::1', '2001:db8::2', '1.example'].map(
    (text) => ['host', text, ({ ssh }: DeployConfig) => ssh.host, text] as const,
  ),
  ['host', '  host.example\n', ({ ssh }) => ssh.host, 'host.example'],
  ['port', '', ({ ssh }) => ssh.port, 22],
  ['port', '1', ({ ssh }) => ssh.port, 1],
  ['port', '65535', ({ ssh }) => ssh.port, 65535],
  ...['root', 'deploy-1', 'a.b_c', 'robot$', 'DOMAIN\\user', '数据'].map(
    (text) => ['username', text, ({ ssh }: DeployConfig) => ssh.username, text] as const,
  ),
  ['private-key', ' key\r\n', ({ ssh }) => ssh.privateKey.reveal(), ' key\r\n'],
  ['passphrase', '', ({ ssh }) => 'passphrase' in ssh, false],
  ['passphrase', ' with spaces \n', ({ ssh }) => ssh.passphrase?.reveal(), ' with spaces '],
  ['known-hosts', '', ({ ssh }) => ssh.hostKeys, { kind: 'none' }],
  [
    'known-hosts',
    'h ssh-ed25519 AAAA',
    ({ ssh }) => ssh.hostKeys,
    { kind: 'known-hosts', text: 'h ssh-ed25519 AAAA' },
  ],
  [
    'host-fingerprint',
    FINGERPRINT,
    ({ ssh }) => ssh.hostKeys,
    { kind: 'fingerprints', sha256: [FINGERPRINT] },
  ],
  [
    'host-fingerprint',
    `${FINGERPRINT}=\n${FINGERPRINT}`,
    ({ ssh }) => ssh.hostKeys,
    { kind: 'fingerprints', sha256: [FINGERPRINT, FINGERPRINT] },
  ],
  ...[
    'app',
    'app:latest',
    'owner/app:1.2.3',
    'localhost/app',
    'localhost:5000/app:x',
    'registry:5000/a/b/c:T_1.0-x',
    'registry.example.com/a__b/c-d.e:1',
    '[::1]:5000/app:1',
    `app@sha256:${HEX}`,
    `registry.example.com/app:1@sha512:${HEX}${HEX}`,
  ].map(
    (text) =>
      [
        'image',
        text,
        ({ images }: DeployConfig) => images,
        [{ key: 'AI_TRADE_IMAGE', reference: text }],
      ] as const,
  ),
  [
    'research-image',
    'research:1',
    ({ images }) => images,
    [
      { key: 'AI_TRADE_IMAGE', reference: 'app:1' },
      { key: 'AI_TRADE_RESEARCH_IMAGE', reference: 'research:1' },
    ],
  ],
  [
    'images',
    `\nCLI_IMAGE=docker:cli\n  B=b@sha256:${HEX}\r\n`,
    ({ images }) => images.slice(1),
    [
      { key: 'CLI_IMAGE', reference: 'docker:cli' },
      { key: 'B', reference: `b@sha256:${HEX}` },
    ],
  ],
  ['project-dir', '', ({ host }) => host.projectDir, '/opt/ai-trade'],
  ['project-dir', '/srv//my app/', ({ host }) => host.projectDir, '/srv/my app'],
  ['project-dir', '/srv/..app', ({ host }) => host.projectDir, '/srv/..app'],
  ['compose-files', '', ({ host }) => host.composeFiles, ['docker-compose.prod.yml']],
  ['compose-files', './a.yml\n/etc/b.yml', ({ host }) => host.composeFiles, ['a.yml', '/etc/b.yml']],
  ['env-file', '', ({ host }) => host.envFile, '.env.runtime'],
  ['env-file', 'conf/prod env', ({ host }) => host.envFile, 'conf/prod env'],
  ['project-name', '', ({ host }) => 'projectName' in host, false],
  ['project-name', 'ai-trade_2', ({ host }) => host.projectName, 'ai-trade_2'],
  [
    'required-env',
    '',
    ({ host }) => host.requiredEnv,
    ['AI_TRADE_BYBIT_DEMO_API_KEY', 'AI_TRADE_BYBIT_DEMO_API_SECRET'],
  ],
  ['required-env', 'B _a1  B', ({ host }) => host.requiredEnv, ['B', '_a1']],
  ['required-env', 'none', ({ host }) => host.requiredEnv, []],
  [
    'manage-env',
    '',
    ({ managedEnv }) => managedEnv,
    [
      { key: 'AI_TRADE_PROJECT_DIR', value: '/opt/ai-trade' },
      { key: 'AI_TRADE_ENV_FILE', value: '.env.runtime' },
    ],
  ],
  ['manage-env', 'none', ({ managedEnv }) => managedEnv, []],
  [
    'manage-env',
    'AI_TRADE_ENV_FILE\nRELEASE=a = b # $c "d" \\e\r\n  _x=  中 \nEMPTY=\nURL=postgres://h/d?a=b',
    ({ managedEnv }) => managedEnv,
    [
      { key: 'AI_TRADE_ENV_FILE', value: '.env.runtime' },
      { key: 'RELEASE', value: 'a = b # $c "d" \\e' },
      { key: '_x', value: '  中' },
      { key: 'EMPTY', value: '' },
      { key: 'URL', value: 'postgres://h/d?a=b' },
    ],
  ],
  ['preflight-command', '', ({ trial }) => trial, { retryCodes: [] }],
  ['preflight-command', 'node check.js "$X"', ({ trial }) => trial.command, 'node check.js "$X"'],
  ['variables', '{"HOMEPAGE":"x"}', ({ services }) => services.gate, 'ai-trade'],
  ['prune-images', '', ({ pruning }) => pruning, { images: 'none', keepReleases: 2 }],
  ['prune-images', 'old', ({ pruning }) => pruning.images, 'old'],
  ['keep-releases', '20', ({ pruning }) => pruning.keepReleases, 20],
  ['health-timeout', '', ({ deadlines }) => deadlines.healthSeconds, 180],
  ['health-timeout', '1s', ({ deadlines }) => deadlines.healthSeconds, 1],
  ['evidence-timeout', '', ({ deadlines }) => deadlines.evidenceSeconds, 1800],
  ['evidence-timeout', '10s', ({ deadlines }) => deadlines.evidenceSeconds, 10],
  ['extra-reports', '', ({ closedLoop }) => closedLoop.extraReports, []],
  [
    'extra-reports',
    'run_manifest.json  runtime.log\nstep_status.jsonl runtime.log',
    ({ closedLoop }) => closedLoop.extraReports,
    ['run_manifest.json', 'runtime.log', 'step_status.jsonl'],
  ],
  ['evidence-timeout', '24h', ({ deadlines }) => deadlines.evidenceSeconds, 86_400],
  ['assess-timeout', '', ({ deadlines }) => deadlines.assessSeconds, 2700],
  ['assess-timeout', '1h30m', ({ deadlines }) => deadlines.assessSeconds, 5400],
  ['prefetch-timeout', '', ({ deadlines }) => deadlines.prefetchSeconds, 1200],
  ['prefetch-timeout', '1m30s', ({ deadlines }) => deadlines.prefetchSeconds, 90],
  ['on-drift', '', ({ onDrift }) => onDrift, 'warn'],
  ['on-drift', 'refuse', ({ onDrift }) => onDrift, 'refuse'],
  ['on-no-boot-trigger', '', ({ onNoBootTrigger }) => onNoBootTrigger, 'warn'],
  ['on-no-boot-trigger', 'refuse', ({ onNoBootTrigger }) => onNoBootTrigger, 'refuse'],
  ['expect-revision', '', ({ onOtherRevision }) => onOtherRevision, 'warn'],
  ['expect-revision', 'true', ({ onOtherRevision }) => onOtherRevision, 'refuse'],
  ['notify-command', '', ({ notifyCommand }) => notifyCommand, undefined],
  ['notify-command', 'page "us" | tee x', ({ notifyCommand }) => notifyCommand, 'page "us" | tee x'],
  ['artifact-name', '', ({ artifact }) => artifact, {}],
  ['artifact-name', 'reports 报告', ({ artifact }) => artifact, { name: 'reports 报告' }],
  ['retention-days', '90', ({ artifact }) => artifact, { retentionDays: 90 }],
]

const refused: readonly (readonly [name: string, ...texts: string[]])[] = [
  [
    'host',
    '',
    ' ',
    'user@host',
    'ssh://host',
    'host:22',
    '[::1]',
    '-host',
    'host-',
    'a..b',
    'host.',
    '256.1.1.1',
    '1.2.3',
    'a b',
  ],
  ['host', 'a\u0000b', `${'a'.repeat(64)}.example`, `${'a.'.repeat(127)}ab`],
  ['bastion-host', 'user@host', 'host:22', '[::1]', '-host', 'a b'],
  ['bastion-port', '0', '65536', 'ssh'],
  ['bastion-username', 'root@host', 'a b', '-l'],
  ['port', '0', '65536', '22a', '-1', '022', '2.2', '1e3', '99999999999999999999'],
  ['username', '', 'root@host', 'a b', '-l', 'a:b', 'a\tb', 'a\u200bb', 'a'.repeat(257)],
  ['private-key', '', ' \n '],
  ['passphrase', 'two\nlines', 'nul\u0000'],
  [
    'host-fingerprint',
    'MD5:aa:bb',
    FINGERPRINT.slice(7),
    `${FINGERPRINT}x`,
    `256 ${FINGERPRINT} root (ED25519)`,
  ],
  [
    'image',
    '',
    '--pull',
    'App:1',
    'Owner/app:1',
    'registry.example.com/Owner/app',
    'app:',
    'app:-1',
    'a b',
    'a//b',
    'app@sha256:12',
  ],
  [
    'image',
    'https://registry.example.com/app',
    HEX,
    `sha256:${HEX}`,
    `app:${'1'.repeat(129)}`,
    'app:$TAG',
    'app\u0000',
    'a'.repeat(513),
  ],
  ['research-image', '-x', 'x:y:z'],
  [
    'images',
    'KEY',
    '=ref',
    'KEY=',
    '1KEY=ref',
    'KEY = ref',
    'KEY="ref"',
    `KEY=${HEX}`,
    `KEY=sha256:${HEX}`,
    `KEY=${'a'.repeat(512)}`,
  ],
  [
    'images',
    'A=x A=y',
    'AI_TRADE_IMAGE=x',
    'AI_TRADE_RESEARCH_IMAGE=x',
    'COMPOSE_FILE=x',
    'AI_TRADE_PROJECT_DIR=x',
    'AI_TRADE_ENV_FILE=x',
  ],
  [
    'project-dir',
    '/',
    '//',
    '/.',
    'opt/app',
    '~/app',
    '/opt/../etc',
    '/opt/..',
    '/a\nb',
    '/a\tb',
    '/a:b',
    '/a$b',
    "/a'b",
    '/a"b',
    '/a`b',
    '/a\\b',
  ],
  ['project-dir', '/a\u202eb', '/a\u2028b', '/a\u007fb'],
  ['compose-files', '-', '-f', '../a.yml', 'a/../b.yml', '..', 'a:b', 'a.yml /'],
  ['env-file', '-', '/', '../.env', 'a\tb', 'a\nb', '$HOME/.env'],
  ['project-name', 'Ai', '-a', '_a', 'a.b', 'a b', 'a'.repeat(129)],
  ['required-env', '1A', 'A-B', 'A=1', 'A B,C'],
  ['required-env', 'none A', 'A none'],
  [
    'manage-env',
    'RELEASE',
    'none AI_TRADE_ENV_FILE',
    'none\nA=b',
    '=x',
    '1A=x',
    'A B=x',
    'A =x',
    'A: x',
    'A-B=x',
  ],
  ['manage-env', "A=it's", 'A=a\tb', 'A=a\u202eb', 'A=a\\', 'A=\u{1f600}', 'A=1\nA=2', 'A=x\u0000y'],
  ['manage-env', 'AI_TRADE_ENV_FILE=x', 'AI_TRADE_ENV_FILE AI_TRADE_ENV_FILE'],
  ['manage-env', 'AI_TRADE_IMAGE=x', 'AI_TRADE_RESEARCH_IMAGE=x', 'COMPOSE_PROFILES=x'],
  ['preflight-command', 'a\tb', 'a\nb'],
  ['preflight-retry-codes', '0', '256', '75,76', 'x', '75'],
  ['prune-images', 'all', 'true'],
  ['keep-releases', '0', '21', 'x'],
  ['health-timeout', '0s', '25h', '90', '1d', '1.5h', '-1s', '30s1m', 's', '1h 30m', '9999999s', '1H'],
  ['evidence-timeout', '0m'],
  [
    'extra-reports',
    ...['../x', '/etc/passwd', 'a/b', '.env', '..', '-x', 'a\\b', 'run_meta.json', 'latest_run_meta.json'],
    ...['closed_loop_report.json', 'runtime_assess.json', 'x'.repeat(101), '日志', 'a*'],
    Array.from({ length: 21 }, (_, index) => `f${index}`).join(' '),
  ],
  ['assess-timeout', 'long'],
  ['prefetch-timeout', '86401s'],
  ['on-drift', 'ignore', 'Warn'],
  ['on-no-boot-trigger', 'ignore', 'Refuse'],
  ['expect-revision', 'yes', 'TRue'],
  ['notify-command', 'a\tb', 'a\nb'],
  ['artifact-name', 'a/b', 'a\\b', 'a:b', 'a"b', 'a<b', 'a>b', 'a|b', 'a*b', 'a?b', 'a\nb', 'a'.repeat(201)],
  ['retention-days', '0', '401', '1.5', 'x'],
]

describe('an input', () => {
  it.each(accepted)('%s reads %j', (name, text, read, value) => {
    expect(read(configOf(environmentWith({ [name]: text })))).toEqual(value)
  })

  it.each(refused.flatMap(([name, ...texts]) => texts.map((text) => [name, text] as const)))(
    '%s refuses %j, and names nothing else',
    (name, text) => {
      const mistakes = mistakesOf(environmentWith({ [name]: text }))
      expect(mistakes.map((mistake) => mistake.name)).toContain(name)
      expect(new Set(mistakes.map((mistake) => mistake.name)).size).toBe(1)
      expect(mistakes.every(({ got, expected }) => got !== '' && expected !== '')).toBe(true)
    },
  )

  it('names the offending words of a list, each by itself', () => {
    expect(mistakesOf(environmentWith({ 'compose-files': 'a.yml -x b.yml ../c' }))).toEqual([
      expect.objectContaining({ name: 'compose-files', got: '"-x" (2 characters)' }),
      expect.objectContaining({ name: 'compose-files', got: '"../c" (4 characters)' }),
    ])
  })
})

describe('preflight-retry-codes', () => {
  it('are of a command', () => {
    const inputs = { 'preflight-command': 'true', 'preflight-retry-codes': '75 1\n255' }
    expect(configOf(environmentWith(inputs)).trial).toEqual({ command: 'true', retryCodes: [75, 1, 255] })
  })
})

describe('manage-env', () => {
  it('shows no value, and names the key', () => {
    const [mistake] = mistakesOf(environmentWith({ 'manage-env': "RELEASE=it's a value" }))
    expect(mistake).toMatchObject({ got: 'a text of 20 characters' })
    expect(mistake?.expected).toMatch(/^for RELEASE a value on one line without '/u)
  })

  it('sets no key that `images` sets', () => {
    const inputs = { images: 'SIDE_IMAGE=side:1', 'manage-env': 'SIDE_IMAGE=x' }
    expect(mistakesOf(environmentWith(inputs))).toEqual([
      expect.objectContaining({
        name: 'manage-env',
        expected: 'another key than SIDE_IMAGE, which `images` sets',
      }),
    ])
  })
})

describe('the bastion', () => {
  const routeOf = (inputs: Readonly<Record<string, string>>) => configOf(environmentWith(inputs)).ssh.route
  const main = { port: '2222', passphrase: 'the passphrase', 'known-hosts': 'lines' }

  it('is none where none is named', () => {
    expect(routeOf({ ...main, 'bastion-host': ' ' })).toEqual({ kind: 'direct' })
  })

  it('takes over what is not said of it, but the port', () => {
    const { ssh } = configOf(environmentWith({ ...main, 'bastion-host': 'jump.example' }))
    const { route, ...host } = ssh
    expect(route).toEqual({
      kind: 'through-bastion',
      bastion: { ...host, host: 'jump.example', port: 22 },
    })
    expect(host).toMatchObject({ host: 'host.example', port: 2222 })
  })

  it('has an account, a key and known hosts of its own where they are given', () => {
    const route = routeOf({
      ...main,
      'bastion-host': '::1',
      'bastion-port': '443',
      'bastion-username': 'jump',
      'bastion-private-key': 'another key',
      'bastion-known-hosts': 'other lines',
    })
    expect(route).toMatchObject({
      bastion: {
        host: '::1',
        port: 443,
        username: 'jump',
        hostKeys: { kind: 'known-hosts', text: 'other lines' },
      },
    })
    if (route.kind === 'direct') throw new Error('no bastion')
    expect(route.bastion.privateKey.reveal()).toBe('another key')
    expect(route.bastion.passphrase?.reveal()).toBe('the passphrase')
  })

  it('is not to be described where none is named: each such input is a mistake', () => {
    const inputs = {
      'bastion-port': '22',
      'bastion-username': 'jump',
      'bastion-private-key': 'secret-material',
      'bastion-known-hosts': 'lines',
    }
    const mistakes = mistakesOf(environmentWith(inputs))
    expect(mistakes.map(({ name }) => name)).toEqual(Object.keys(inputs))
    for (const { expected } of mistakes) expect(expected).toContain('`bastion-host` is not set')
    expect(JSON.stringify(mistakes)).not.toContain('secret-material')
  })

  it('is not vouched for by the fingerprint of the host', () => {
    const inputs = { 'bastion-host': 'jump.example', 'host-fingerprint': FINGERPRINT }
    expect(mistakesOf(environmentWith(inputs))).toEqual([
      expect.objectContaining({ name: 'bastion-known-hosts', got: 'nothing' }),
    ])
    expect(routeOf({ ...inputs, 'bastion-known-hosts': 'lines' })).toMatchObject({
      bastion: { hostKeys: { kind: 'known-hosts', text: 'lines' } },
    })
  })
})

describe('a reference that arrived empty, or with an empty part', () => {
  const DROPPED = 'GitHub drops a job output that contains a secret'

  it.each([
    [{ image: '' }, 'image'],
    [{ image: 'ghcr.io/acme/app:' }, 'image'],
    [{ image: 'ghcr.io/acme/app@' }, 'image'],
    [{ image: '/acme/app:1' }, 'image'],
    [{ image: 'ghcr.io//app:1' }, 'image'],
    [{ image: 'ghcr.io/:1' }, 'image'],
    [{ 'research-image': ':1' }, 'research-image'],
    [{ images: 'WEB_IMAGE=' }, 'images'],
    [{ images: 'WEB_IMAGE=/web:1' }, 'images'],
    [{ image: '.dkr.ecr.eu-west-1.amazonaws.com/app:1' }, 'image'],
    [{ image: '-registry.example.com/app:1' }, 'image'],
    [{ image: 'registry..example.com/app:1' }, 'image'],
    [{ image: 'registry.-eu.example.com/app:1' }, 'image'],
    [{ image: 'registry-.example.com/app:1' }, 'image'],
    [{ image: 'ghcr.io/-acme/app:1' }, 'image'],
    [{ image: 'ghcr.io/acme-/app:1' }, 'image'],
    [{ image: 'ghcr.io/.acme/app:1' }, 'image'],
    [{ image: 'ghcr.io/acme/app-:1' }, 'image'],
    [{ image: 'ghcr.io/acme/app:-3' }, 'image'],
    [{ image: 'ghcr.io/acme/app:.3' }, 'image'],
    [{ image: 'ghcr.io/acme/app-' }, 'image'],
    [{ images: 'WEB_IMAGE=-registry.example.com/web:1' }, 'images'],
  ])('%j is told with the likely cause', (inputs: Readonly<Record<string, string>>, name) => {
    const [mistake, ...more] = mistakesOf(environmentWith(inputs))
    expect(mistake).toMatchObject({ name, expected: expect.stringContaining(DROPPED) })
    // As much as a message shows.
    expect(mistake?.expected.length).toBeLessThanOrEqual(300)
    expect(more).toEqual([])
  })

  it.each(['--rm', '-- rm', 'App:1.2.3-rc.1', 'https://registry.example.com/app', 'App', 'a b'])(
    '%j is another mistake',
    (image) => {
      expect(JSON.stringify(mistakesOf(environmentWith({ image })))).not.toContain(DROPPED)
    },
  )
})

describe('the registry', () => {
  const login = { 'registry-username': 'robot$ci', 'registry-password': 'token-value\n' }

  it.each([
    [{ ...login, registry: 'registry.example.com:5000' }, 'registry.example.com:5000'],
    [{ ...login, image: 'registry.example.com/app:1' }, 'registry.example.com'],
    [{ ...login, image: 'localhost:5000/app' }, 'localhost:5000'],
    [{ ...login, image: 'owner/app:1' }, 'docker.io'],
  ])('%j is logged in to at %s', (inputs, server) => {
    const { registry } = configOf(environmentWith(inputs))
    expect(registry).toMatchObject({ kind: 'token', server, username: 'robot$ci' })
    expect(registry.kind === 'token' && registry.password.reveal()).toBe('token-value')
  })

  it("is used with the host's login when no account is given", () => {
    expect(configOf(environmentWith()).registry).toEqual({ kind: 'host-login' })
  })

  it.each([
    'https://registry.example.com',
    'registry.example.com/v2',
    'registry',
    '-x',
    'a b',
    'a'.repeat(513),
  ])('is refused as %j', (registry) => {
    const [mistake, ...more] = mistakesOf(environmentWith({ ...login, registry }))
    expect(mistake).toMatchObject({ name: 'registry' })
    expect(more).toEqual([])
  })

  it.each(['-u', 'a b', 'a:b', 'a\u0000b'])('account is refused as %j', (username) => {
    expect(mistakesOf(environmentWith({ ...login, 'registry-username': username }))).toEqual([
      expect.objectContaining({ name: 'registry-username' }),
    ])
  })

  it.each([
    ['{\n  "type": "service_account"\n}\n', '{\n  "type": "service_account"\n}'],
    ['{\r\n  "type": "service_account"\r\n}\r\n', '{\r\n  "type": "service_account"\r\n}'],
    [' with\ttab ', ' with\ttab '],
  ])('password may be %j', (password, revealed) => {
    const { registry } = configOf(environmentWith({ ...login, 'registry-password': password }))
    expect(registry.kind === 'token' && registry.password.reveal()).toBe(revealed)
  })

  it.each(['nul\u0000', '\n '])('password is refused as %j, and stays hidden', (password) => {
    const [mistake] = mistakesOf(environmentWith({ ...login, 'registry-password': password }))
    expect(mistake).toMatchObject({ name: 'registry-password' })
    expect(mistake?.got).not.toContain('nul')
  })
})
