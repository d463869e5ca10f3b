import { describe, expect, it } from '@jest/globals'
import type { DeployConfig } from '../../../src/config/config.ts'
import { readDeployConfig } from '../../../src/config/read.ts'
import { configOf, environmentWith, mistakesOf } from './environment.ts'

type Read = (config: DeployConfig) => unknown

const accepted: readonly (readonly [name: string, text: string, read: Read, value: unknown])[] = [
  ...(['', 'true', 'True', 'TRUE'] as const).map(
    (text) =>
      [
        'CLOSED_LOOP_ENFORCE',
        text,
        ({ closedLoop }: DeployConfig) => closedLoop.enforce,
        'enforced',
      ] as const,
  ),
  ...(['false', 'False', 'FALSE'] as const).map(
    (text) =>
      [
        'CLOSED_LOOP_ENFORCE',
        text,
        ({ closedLoop }: DeployConfig) => closedLoop.enforce,
        'not_enforced',
      ] as const,
  ),
  ['CLOSED_LOOP_ACTION', '', ({ closedLoop }) => closedLoop.action, 'assess'],
  ['CLOSED_LOOP_ACTION', 'full', ({ closedLoop }) => closedLoop.action, 'full'],
  ['CLOSED_LOOP_STAGE', '', ({ closedLoop }) => closedLoop.stage, 'S3'],
  ['CLOSED_LOOP_STAGE', 'S5', ({ closedLoop }) => closedLoop.stage, 'S5'],
  ['CLOSED_LOOP_STAGE', 'DEPLOY', ({ closedLoop }) => closedLoop.stage, 'DEPLOY'],
  ['CLOSED_LOOP_STAGE', 'S4-smoke.v1_x', ({ closedLoop }) => closedLoop.stage, 'S4-smoke.v1_x'],
  ['CLOSED_LOOP_GATE_ON', '', ({ closedLoop }) => closedLoop.gateOn, 'both'],
  ['CLOSED_LOOP_GATE_ON', 'verdict', ({ closedLoop }) => closedLoop.gateOn, 'verdict'],
  ['CLOSED_LOOP_EVIDENCE', '', ({ closedLoop }) => closedLoop.evidence, undefined],
  [
    'CLOSED_LOOP_EVIDENCE',
    'RUNTIME_STATUS >= 10\n\n  GATE_CHECK>=1\r\n订单 >= 2 成交 >= 3',
    ({ closedLoop }) => closedLoop.evidence,
    [
      { text: 'RUNTIME_STATUS', least: 10 },
      { text: 'GATE_CHECK', least: 1 },
      { text: '订单 >= 2 成交', least: 3 },
    ],
  ],
  ['CLOSED_LOOP_SINCE', '', ({ deadlines }) => deadlines.evidenceSeconds, 1800],
  ['CLOSED_LOOP_SINCE', '5m', ({ deadlines }) => deadlines.evidenceSeconds, 900],
  ['CLOSED_LOOP_SINCE', '2h', ({ deadlines }) => deadlines.evidenceSeconds, 7200],
  ['CLOSED_LOOP_SINCE', '720h', ({ deadlines }) => deadlines.evidenceSeconds, 86_400],
  ['CLOSED_LOOP_SINCE', '', ({ closedLoop }) => closedLoop.since, '30m'],
  ['CLOSED_LOOP_SINCE', '1h30m', ({ closedLoop }) => closedLoop.since, '1h30m'],
  ['CLOSED_LOOP_MIN_RUNTIME_STATUS', '', ({ closedLoop }) => closedLoop.minRuntimeStatus, 10],
  ['CLOSED_LOOP_MIN_RUNTIME_STATUS', '1', ({ closedLoop }) => closedLoop.minRuntimeStatus, 1],
  [
    'CLOSED_LOOP_OUTPUT_ROOT',
    '',
    ({ closedLoop }) => closedLoop.outputRoot,
    '/opt/ai-trade/data/reports/closed_loop',
  ],
  ['CLOSED_LOOP_OUTPUT_ROOT', 'out/', ({ closedLoop }) => closedLoop.outputRoot, '/opt/ai-trade/out'],
  ['CLOSED_LOOP_OUTPUT_ROOT', '/var/reports', ({ closedLoop }) => closedLoop.outputRoot, '/var/reports'],
  ['CLOSED_LOOP_STRICT_PASS', '', ({ closedLoop }) => closedLoop.strictness, 'strict'],
  ['CLOSED_LOOP_STRICT_PASS', 'false', ({ closedLoop }) => closedLoop.strictness, 'lenient'],
  ['DEPLOY_SERVICES', '', ({ services }) => services.deploy, ['ai-trade', 'watchdog', 'scheduler']],
  ['DEPLOY_SERVICES', 'b\nai-trade  b', ({ services }) => services.deploy, ['b', 'ai-trade']],
  [
    'GATE_DEFER_SERVICES',
    '',
    ({ services }) => [services.defer, services.deferSource],
    [['scheduler'], 'default'],
  ],
  [
    'GATE_DEFER_SERVICES',
    'a b',
    ({ services }) => [services.defer, services.deferSource],
    [['a', 'b'], 'given'],
  ],
  ['GATE_SERVICE', '', ({ services }) => services.gate, 'ai-trade'],
  ['GATE_SERVICE', 'watchdog', ({ services }) => services.gate, 'watchdog'],
]

const refused: readonly (readonly [name: string, ...texts: string[]])[] = [
  ['CLOSED_LOOP_ENFORCE', 'yes', '1', 'tRUE', 'false;'],
  ['CLOSED_LOOP_ACTION', 'train', 'Assess', 'assess full'],
  ['CLOSED_LOOP_STAGE', 's3', 's5', '-x', '.x', 'a b', "a'b", 'a/b', '阶段', 'x'.repeat(65)],
  ['CLOSED_LOOP_GATE_ON', 'Verdict', 'overall_status', 'both verdict'],
  [
    'CLOSED_LOOP_EVIDENCE',
    ...['GATE_CHECK', 'GATE_CHECK > 1', '>= 1', 'A >= 0', 'A >= -1', 'A >= 1.5', 'A >= 1000000', 'A >= x'],
    ...['A >= 1\nA >= 2', 'A\tB >= 1', 'A\u200bB >= 1', `${'x'.repeat(201)} >= 1`, 'A >= 1, B >= 1 x'],
    Array.from({ length: 21 }, (_, index) => `A${index} >= 1`).join('\n'),
  ],
  ['CLOSED_LOOP_SINCE', '30', '1d', '2026-01-01', '0s', '721h', '-30m', '30m; id'],
  ['CLOSED_LOOP_MIN_RUNTIME_STATUS', '0', '-1', '3o', '1.0', '1000001'],
  ['CLOSED_LOOP_OUTPUT_ROOT', '../out', '/', '-o', 'a\nb', '/data/../..'],
  ['CLOSED_LOOP_STRICT_PASS', 'no', 'on'],
  ['DEPLOY_SERVICES', '--all', 'ai-trade,watchdog', 'ai-trade $(id)', '.a'],
  ['GATE_DEFER_SERVICES', '-x', 'a;b'],
  ['GATE_SERVICE', '-x', 'ai-trade watchdog', 'missing', 'scheduler'],
]

describe('a variable', () => {
  it.each(accepted)('%s reads %j', (name, text, read, value) => {
    expect(read(configOf(environmentWith({}, { [name]: text })))).toEqual(value)
    expect(read(configOf(environmentWith({ variables: JSON.stringify({ [name]: text }) })))).toEqual(value)
  })

  it.each(refused.flatMap(([name, ...texts]) => texts.map((text) => [name, text] as const)))(
    '%s refuses %j, and names nothing else',
    (name, text) => {
      const mistakes = mistakesOf(environmentWith({}, { [name]: text }))
      expect(new Set(mistakes.map((mistake) => mistake.name))).toEqual(new Set([name]))
    },
  )

  it('is taken from env, then from `variables`, then from the default, empty ones skipped', () => {
    const stageOf = (inEnv: string, inVariables: string) =>
      configOf(
        environmentWith(
          { variables: JSON.stringify({ CLOSED_LOOP_STAGE: inVariables }) },
          { CLOSED_LOOP_STAGE: inEnv },
        ),
      ).closedLoop.stage
    expect(stageOf('S3', 'S5')).toBe('S3')
    expect(stageOf('S5', 'S3')).toBe('S5')
    expect(stageOf(' ', 'S5')).toBe('S5')
    expect(stageOf('', ' ')).toBe('S3')
  })

  it.each([
    ['DEPLOY', '', 0],
    ['DEPLOY', '0', 0],
    ['DEPLOY', '4', 4],
    ['S5', '', 10],
    ['S5', '50', 50],
  ])('at stage %s a minimum of %j status lines is %i', (stage, minimum, value) => {
    const variables = { CLOSED_LOOP_STAGE: stage, CLOSED_LOOP_MIN_RUNTIME_STATUS: minimum }
    expect(configOf(environmentWith({}, variables)).closedLoop.minRuntimeStatus).toBe(value)
  })

  it('needs evidence at a stage that is known', () => {
    for (const stage of ['S3', 'S5', ''])
      expect(
        mistakesOf(environmentWith({}, { CLOSED_LOOP_STAGE: stage, CLOSED_LOOP_MIN_RUNTIME_STATUS: '0' })),
      ).toEqual([
        {
          name: 'CLOSED_LOOP_MIN_RUNTIME_STATUS',
          got: '"0" (1 character)',
          expected: 'a whole number from 1 to 1000000, because the stages S3 and S5 need evidence',
        },
      ])
  })

  it('says where a wrong value came from', () => {
    const variables = JSON.stringify({ CLOSED_LOOP_STAGE: 's5' })
    expect(mistakesOf(environmentWith({ variables }))).toEqual([
      {
        name: 'CLOSED_LOOP_STAGE',
        got: '"s5" (2 characters), from `variables`',
        expected: expect.stringContaining('S3 and S5 in capitals'),
      },
    ])
  })

  it('explains why `train` is refused', () => {
    expect(mistakesOf(environmentWith({}, { CLOSED_LOOP_ACTION: 'train' }))[0]?.expected).toContain(
      '`train` judges nothing',
    )
  })

  it('keeps the report root below another project directory', () => {
    expect(configOf(environmentWith({ 'project-dir': '/srv/x' })).closedLoop.outputRoot).toBe(
      '/srv/x/data/reports/closed_loop',
    )
  })
})

describe('the gate service', () => {
  it('must be deployed, its default too', () => {
    expect(mistakesOf(environmentWith({}, { DEPLOY_SERVICES: 'api worker' }))).toEqual([
      {
        name: 'GATE_SERVICE',
        got: '"ai-trade" (8 characters), its default',
        expected: 'one of DEPLOY_SERVICES, since the gate judges what was deployed',
      },
    ])
  })

  it('must not be deferred', () => {
    expect(mistakesOf(environmentWith({}, { GATE_DEFER_SERVICES: 'scheduler ai-trade' }))).toEqual([
      expect.objectContaining({
        name: 'GATE_SERVICE',
        expected: expect.stringContaining('GATE_DEFER_SERVICES'),
      }),
    ])
  })

  it('is not judged by lists that are mistakes themselves', () => {
    expect(mistakesOf(environmentWith({}, { DEPLOY_SERVICES: '$x', GATE_SERVICE: 'api' }))).toEqual([
      expect.objectContaining({ name: 'DEPLOY_SERVICES' }),
    ])
    expect(
      mistakesOf(environmentWith({ variables: '{"GATE_SERVICE":' }, { DEPLOY_SERVICES: 'api' })),
    ).toEqual([expect.objectContaining({ name: 'variables' })])
  })
})

describe('the input `variables`', () => {
  it.each([
    ['nonsense', 'not JSON'],
    ['{"A":', 'not JSON'],
    ['[]', 'JSON of another kind'],
    ['null', 'JSON of another kind'],
    ['"x"', 'JSON of another kind'],
    ['{"A":1}', 'an object with values that are not strings'],
    ['{"A":{"B":"c"}}', 'an object with values that are not strings'],
  ])('%s is refused as %s, shown by its size', (text, shape) => {
    expect(mistakesOf(environmentWith({ variables: text }))).toEqual([
      {
        name: 'variables',
        got: `a text of ${text.length} characters`,
        expected: expect.stringContaining(shape),
      },
    ])
  })

  it.each(['', '{}', '{"__proto__":"x","HOMEPAGE":"y","constructor":"z"}'])(
    '%j changes nothing',
    (variables) => {
      expect(readDeployConfig(environmentWith({ variables }))).toMatchObject({ kind: 'ok', warnings: [] })
      expect(configOf(environmentWith({ variables })).closedLoop).toEqual(
        configOf(environmentWith()).closedLoop,
      )
    },
  )
})

describe('an unknown CLOSED_LOOP_ name', () => {
  it('is a warning with the nearest known one, wherever it stands and once', () => {
    const variables = JSON.stringify({ CLOSED_LOOP_ENFORCED: 'false', CLOSED_LOOP_STAG: 'S5', OTHER: 'x' })
    const result = readDeployConfig(
      environmentWith({ variables }, { CLOSED_LOOP_STAG: '', 'CLOSED_LOOP_SI\nNCE': '' }),
    )
    expect(result.kind === 'ok' && result.warnings).toEqual([
      { kind: 'unknown-variable', name: 'CLOSED_LOOP_STAG', nearest: 'CLOSED_LOOP_STAGE' },
      { kind: 'unknown-variable', name: '"CLOSED_LOOP_SI\\nNCE"', nearest: 'CLOSED_LOOP_SINCE' },
      { kind: 'unknown-variable', name: 'CLOSED_LOOP_ENFORCED', nearest: 'CLOSED_LOOP_ENFORCE' },
    ])
  })
})
