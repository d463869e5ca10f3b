import { describe, expect, it } from '@jest/globals'
import { OutputTail } from '../../../src/deploy/output-tail.ts'
import { inspectHost, type PreflightPass } from '../../../src/deploy/preflight.ts'
import { DeploymentRecord } from '../../../src/deploy/record.ts'
import { HostSession } from '../../../src/host/client/session.ts'
import { HostLink } from '../../../src/host/link/host-link.ts'
import type { SshConnection } from '../../../src/model/connection.ts'
import type { PreflightFinding } from '../../../src/model/problem.ts'
import { configOf, environmentWith } from '../config/environment.ts'
import { HandClock } from '../health/hand-clock.ts'
import { ScriptedPeer } from '../host/scripted-peer.ts'
import { NO_FILES, RecordingReporter } from './deploying.ts'

interface Scene {
  readonly facts?: readonly string[]
  /** Whether what a login leaves running lives on. Default `yes`. */
  readonly survived?: 'yes' | 'no'
  /** The containers that a dry run would recreate. */
  readonly drifted?: readonly string[]
  readonly look?: PreflightPass
  readonly code?: number
  readonly inputs?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly progress?: RecordingReporter
}

const KEYS = ['set\tAI_TRADE_BYBIT_DEMO_API_KEY', 'set\tAI_TRADE_BYBIT_DEMO_API_SECRET']
const KNOWN = ['docker\t20.10.24', 'compose\t2.26.1', 'project\tai-trade', 'disk\t2048000', ...KEYS]
/** A container whose service has drifted, once it is said. */
const RUNS = ['container\tai-trade-1\tai-trade', 'looked\tcontainers']
const services = (...names: string[]) =>
  names.flatMap((name) => [`service\t${name}`, `released\t${name}\tapp:1`])

function connectionTo(peer: ScriptedPeer): SshConnection {
  return {
    open: async () => peer,
    lost: new Promise(() => {}),
    close: async () => peer.finish(),
  }
}

/** Preflight against a host that answers these facts. */
async function inspected({
  facts = [],
  code = 0,
  survived = 'yes',
  drifted = [],
  look = { kind: 'first' },
  inputs = {},
  variables = {},
  progress = new RecordingReporter(),
}: Scene) {
  const clock = new HandClock()
  const config = configOf(environmentWith(inputs, { DEPLOY_SERVICES: 'ai-trade', ...variables }))
  const peer = new ScriptedPeer((call, other) => {
    if (call.verb === 'ask_docker')
      other.reply(call, ['fact\tended\t0', ...drifted.map((name) => `fact\tsaid\t${name}\tRecreate`)])
    else if (call.verb === 'probe_check') other.reply(call, [`fact\tsurvived\t${survived}`])
    else other.reply(call, code === 0 ? facts.map((fact) => `fact\t${fact}`) : ['text\tit broke'], code)
  })
  const connection = connectionTo(peer)
  const beside = new ScriptedPeer((call, other) => other.reply(call, ['fact\tleft\t10\t100\t9\t90']))
  const record = new DeploymentRecord(config, clock, progress, new OutputTail())
  const ports = {
    connect: async () => connectionTo(beside),
    hostProgram: '',
    clock,
    progress,
    reportStore: {
      keep: () => Promise.reject(new Error('not asked for')),
      keepDiagnostics: () => Promise.reject(new Error('not asked for')),
    },
    stepState: { begins: () => undefined, ended: () => undefined },
    workspace: NO_FILES,
    cancelled: new AbortController().signal,
  }
  const host = await HostSession.open(await HostLink.over(connection, ports, 60, 20), '')
  const project = await inspectHost(host, { kind: 'none' }, { config, ports, record }, look)
  return { project, progress, calls: peer.calls, beside }
}

async function findingsOf(scene: Scene): Promise<readonly PreflightFinding[]> {
  try {
    await inspected(scene)
  } catch (error) {
    const { problem } = error as { problem: { code: string; findings: readonly PreflightFinding[] } }
    expect(problem.code).toBe('preflight.refused')
    return problem.findings
  }
  return []
}

describe('inspectHost', () => {
  it('resolves what only the host knows, and tells what it read', async () => {
    const { project, progress, calls } = await inspected({
      facts: [...KNOWN, ...services('ai-trade', 'watchdog', 'scheduler')],
    })
    expect(project).toEqual({
      name: 'ai-trade',
      drifted: [],
      deferred: ['scheduler'],
      arrived: 0,
      earlier: 'ended',
      ...{ deploy: ['ai-trade'], touched: [], incoming: '' },
    })
    expect(progress.told).toMatchObject([
      {
        kind: 'host-read',
        facts: [
          { kind: 'docker', version: '20.10.24' },
          { kind: 'compose', version: '2.26.1' },
          { kind: 'project', name: 'ai-trade' },
          { kind: 'containers', count: 0 },
          { kind: 'free', kibibytes: 2_048_000 },
        ],
      },
    ])
    expect(calls[0]?.stdin).toContain('project_dir\t/opt/ai-trade\n')
  })

  it('deploys what the files of the release concern too, and says so and how large the state is', async () => {
    const { project, progress } = await inspected({
      facts: [
        ...[...KNOWN, ...services('ai-trade', 'watchdog'), ...RUNS, 'old_config\tread'],
        ...['container\twatchdog-1\twatchdog\t1\tFalse\tsha256:1\tapp:1\trunning', 'changed\tops/x'],
        ...['mount\twatchdog\twatchdog-1\t/opt/ai-trade/ops', 'state_size\t2048\t900000'],
      ],
      inputs: { 'state-files': 'data/models' },
    })
    expect(project).toMatchObject({ deploy: ['ai-trade', 'watchdog'], touched: ['watchdog'] })
    expect(progress.told.slice(1)).toEqual([
      { kind: 'files-concern', joined: ['watchdog'], touched: ['watchdog'] },
      { kind: 'state-size', kibibytes: 2048, limitKibibytes: 1_048_576, freeKibibytes: 900_000 },
    ])
  })

  it('refuses state files that are too large, and another definition of a network', async () => {
    const facts = [...KNOWN, ...services('ai-trade'), 'old_config\tread', 'state_size\t2000000\t9000000']
    const findings = await findingsOf({ facts: [...facts, 'redefined\tnetwork\tdefault\tchanged'] })
    expect(findings).toMatchObject([{ finding: 'definition-changed' }, { finding: 'state-too-large' }])
  })

  it('names every reason against a deployment at once', async () => {
    const findings = await findingsOf({
      facts: [...KNOWN, ...services('ai-trade'), ...RUNS, 'finding\trunner-missing\ttools/x.sh'],
      drifted: ['ai-trade-1'],
      inputs: { 'on-drift': 'refuse' },
      variables: { GATE_DEFER_SERVICES: 'scheduler nightly' },
    })
    expect(findings).toEqual([
      { finding: 'runner-missing', path: 'tools/x.sh' },
      { finding: 'drift', service: 'ai-trade' },
      { finding: 'service-missing', service: 'scheduler', known: ['ai-trade'] },
      { finding: 'service-missing', service: 'nightly', known: ['ai-trade'] },
    ])
  })

  it('names what the files lack for the deployment that is configured', async () => {
    const facts = [
      ...KNOWN.filter((line) => !KEYS.includes(line)),
      'env_file\t/opt/x',
      ...services('ai-trade'),
    ]
    const inputs = { image: 'app:2', 'required-env': 'MY_KEY' }
    expect(await findingsOf({ facts, inputs, variables: { DEPLOY_SERVICES: 'ai-trade watchdog' } })).toEqual([
      { finding: 'service-missing', service: 'watchdog', known: ['ai-trade'] },
      { finding: 'required-env-missing', key: 'MY_KEY', path: '/opt/x' },
    ])
    expect(await findingsOf({ facts: [...facts, ...KEYS], inputs: { image: 'app:2' } })).toEqual([
      { finding: 'image-variable-unused', key: 'AI_TRADE_IMAGE' },
      { finding: 'gate-service-unmanaged', service: 'ai-trade' },
    ])
  })

  it('warns of drift and goes on, unless told to refuse', async () => {
    const facts = [...KNOWN, ...services('ai-trade', 'scheduler'), ...RUNS]
    const drifted = ['ai-trade-1']
    const { project, progress, calls } = await inspected({ facts, drifted })
    expect(project.drifted).toEqual(['ai-trade'])
    expect(progress.warnings).toEqual([{ kind: 'drift', service: 'ai-trade' }])
    const asked = calls.find(({ verb }) => verb === 'ask_docker')
    expect(asked?.words.slice(0, 5)).toEqual(['', 'in-file', 'all', 'compose', 'up'])
    expect(asked?.stdin).toMatch(/^project_name\tai-trade\n(?:.*\n)*container\tai-trade-1$/mu)
    expect(await findingsOf({ facts, drifted, inputs: { 'on-drift': 'refuse' } })).toEqual([
      { finding: 'drift', service: 'ai-trade' },
    ])
  })

  it('judges no drift while an earlier deployment stands in the middle', async () => {
    const facts = [...KNOWN, ...services('ai-trade', 'scheduler'), ...RUNS, 'unfinished\ta\tapplied']
    const { project, progress } = await inspected({
      facts,
      drifted: ['ai-trade-1'],
      inputs: { 'on-drift': 'refuse' },
    })
    expect(project).toMatchObject({ drifted: [], earlier: 'unfinished' })
    expect(progress.warnings).toEqual([])
  })

  it('warns of a host on which nothing would end a deployment after a restart', async () => {
    const { progress } = await inspected({
      facts: [...KNOWN, ...services('ai-trade'), 'warning\tno-boot-trigger\tno cron runs'],
    })
    expect(progress.warnings).toEqual([{ kind: 'no-boot-trigger', detail: 'no cron runs' }])
  })

  it('refuses such a host when told to, before anything is changed', async () => {
    const facts = [...KNOWN, ...services('ai-trade'), 'warning\tno-boot-trigger\tno cron runs']
    expect(await findingsOf({ facts, inputs: { 'on-no-boot-trigger': 'refuse' } })).toEqual([
      { finding: 'no-boot-trigger', detail: 'no cron runs' },
    ])
  })

  it('ignores a deferred service that only the default names, where the project lacks it', async () => {
    const { project } = await inspected({ facts: [...KNOWN, ...services('ai-trade')] })
    expect(project.deferred).toEqual([])
  })

  it('does not call services missing where none could be read', async () => {
    const findings = await findingsOf({
      facts: ['finding\tcompose-config-invalid\tline 3'],
      variables: { GATE_DEFER_SERVICES: 'nightly' },
    })
    expect(findings).toEqual([{ finding: 'compose-config-invalid', detail: 'line 3' }])
  })

  it.each([
    ['nothing', ['finding\ttool-missing\tdocker\t/bin'], []],
    [
      'the engine alone',
      ['docker\t20.10.24', 'finding\tcompose-missing\tno such command'],
      [{ kind: 'host-read', facts: [{ kind: 'docker', version: '20.10.24' }] }],
    ],
  ])('tells no more of the host than was read before it refuses: %s', async (_, facts, told) => {
    const heard = new RecordingReporter()
    await expect(inspected({ facts, progress: heard })).rejects.toThrow('preflight.refused')
    expect(heard.told).toEqual(told)
  })

  it('refuses a host that ends what a login leaves running, and names it beside the rest', async () => {
    const facts = [...KNOWN, ...services('ai-trade'), 'finding\trunner-missing\ttools/x.sh']
    expect(await findingsOf({ facts, survived: 'no' })).toEqual([
      { finding: 'runner-missing', path: 'tools/x.sh' },
      { finding: 'login-kills' },
    ])
  })

  it('asks for what was left by another login once that login is closed, and only at the first look', async () => {
    const facts = [...KNOWN, ...services('ai-trade')]
    const first = await inspected({ facts })
    expect(first.beside.calls.map(({ verb }) => verb)).toEqual(['probe_start'])
    expect(first.beside.isOpen).toBe(false)
    const [, asked] = first.calls
    expect([asked?.verb, ...(asked?.words ?? [])]).toEqual(['probe_check', '10', '100', '9', '90', '1.0'])
    for (const look of [{ kind: 'again' }, { kind: 'locked', transactionId: 'ab12' }] as const) {
      const later = await inspected({ facts, look, survived: 'no' })
      expect([...later.beside.calls, ...later.calls].map(({ verb }) => verb)).toEqual(['preflight'])
    }
  })

  it('says that preflight itself failed', async () => {
    await expect(inspected({ code: 1 })).rejects.toMatchObject({
      problem: { code: 'preflight.failed', detail: 'it broke' },
    })
  })
})
