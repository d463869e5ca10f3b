import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { DeploymentReport } from '../../../src/model/outcome.ts'
import { annotationOf } from '../../../src/output/annotation.ts'
import { outputsOf } from '../../../src/output/outputs.ts'
import { configurationReport, notRecoveredReport } from '../../../src/output/publish.ts'
import { parseCommandFile } from '../../support/runner/command-file.ts'
import { nodeForActions } from '../../support/runner/node-binary.ts'
import { runNodeProgram } from '../../support/runner/node-process.ts'
import { StepLog } from '../../support/runner/step-log.ts'
import { reportWith } from './builders.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** `missing`: a file of the step that the runner did not make. */
async function published(
  report: DeploymentReport,
  options: {
    readonly secrets?: readonly string[]
    readonly missing?: 'output' | 'summary'
    /** Of which the summary is written after it. */
    readonly later?: DeploymentReport
  } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'publish-test-'))
  try {
    const files = { output: join(directory, 'output'), summary: join(directory, 'summary') }
    for (const [name, file] of Object.entries(files)) if (name !== options.missing) await writeFile(file, '')
    const log = new StepLog([], () => undefined)
    const end = await runNodeProgram({
      node: nodeForActions(ROOT),
      script: join(import.meta.dirname, 'publish-report.ts'),
      workingDirectory: ROOT,
      environment: {
        PUBLISH_REPORT: JSON.stringify(report),
        PUBLISH_SECRETS: JSON.stringify(options.secrets ?? []),
        ...(options.later === undefined ? {} : { PUBLISH_LATER: JSON.stringify(options.later) }),
        GITHUB_OUTPUT: files.output,
        GITHUB_STEP_SUMMARY: files.summary,
      },
      timeoutSeconds: 60,
      onLine: (line) => log.write(line),
    })
    const read = (name: 'output' | 'summary') =>
      name === options.missing ? Promise.resolve('') : readFile(files[name], 'utf8')
    return { end, log, outputText: await read('output'), summary: await read('summary') }
  } finally {
    await rm(directory, { recursive: true })
  }
}

const EXITED = { how: 'exited', code: 0 }

describe('publishReport', () => {
  it('sets every output, writes the summary and one annotation', async () => {
    const report = reportWith()
    const { end, log, outputText, summary } = await published(report)
    expect(end).toEqual(EXITED)
    expect(parseCommandFile(outputText)).toEqual({ kind: 'valid', values: outputsOf(report) })
    expect(summary).toMatch(/^## ✅ The release is in service\n/u)
    expect(log.annotations).toMatchObject([{ level: 'notice', title: 'The release is in service' }])
    expect(log.suspiciousLines).toEqual([])
  })

  it('shows no secret, wherever a foreign program said it', async () => {
    const secret = 'hunter2-the-registry-password'
    const { outputText, summary, log } = await published(
      reportWith({
        ending: {
          kind: 'unchanged',
          because: {
            code: 'prefetch.login_failed',
            registry: secret,
            image: `${secret}/app:1`,
            detail: `wrong password ${secret} (${Buffer.from(secret).toString('base64')})`,
          },
        },
        image: { reference: `registry.example.com/${secret}`, imageId: '' },
        warnings: [{ kind: 'cleanup-failed', detail: secret }],
      }),
      { secrets: [secret] },
    )
    const shown = [outputText, summary, ...log.rawLines.filter((line) => !line.startsWith('::add-mask::'))]
    expect(shown.join('\n')).not.toContain(secret)
    expect(shown.join('\n')).not.toContain(Buffer.from(secret).toString('base64'))
  })

  it('writes what became known later in the place of the first summary, and annotates once', async () => {
    const diagnostics = { kind: 'kept', path: '/tmp/d', artifact: { kind: 'none' } } as const
    const { log, summary } = await published(reportWith(), { later: reportWith({ diagnostics }) })
    expect(summary.match(/^## /gmu)).toHaveLength(1)
    expect(summary).toContain('**Diagnostics.**')
    expect(log.annotations).toHaveLength(1)
  })

  it('still tells how it ended where the summary cannot be written', async () => {
    const { end, log, outputText } = await published(reportWith(), { missing: 'summary' })
    expect(end).toEqual(EXITED)
    expect(log.annotations).toHaveLength(1)
    expect(outputText).not.toBe('')
    expect(log.lines.join('\n')).toContain('The job summary could not be written')
  })

  it('still tells how it ended where the outputs cannot be set', async () => {
    const { end, log, summary } = await published(reportWith(), { missing: 'output' })
    expect(end).toEqual(EXITED)
    expect(log.annotations.map(({ title }) => title)).toContain('The release is in service')
    expect(summary).toMatch(/^## ✅/u)
  })
})

describe('configurationReport', () => {
  it('knows nothing but the mistakes', () => {
    const problem = { code: 'config.invalid', mistakes: [] } as const
    expect(configurationReport(problem)).toMatchObject({
      ending: { kind: 'unchanged', because: problem },
      gate: { kind: 'not_run' },
      services: [],
      durationSeconds: 0,
    })
  })
})

describe('notRecoveredReport', () => {
  it('does not say that nothing was changed: the step had begun something, and nobody asked the host', () => {
    const problem = { code: 'config.invalid', mistakes: [] } as const
    const report = notRecoveredReport(problem, {
      kind: 'begun',
      transactionId: 'ab12',
      outcome: 'cancelled',
      target: {
        host: 'host.example.com',
        port: '22',
        username: 'deploy',
        'bastion-host': '',
        'bastion-port': '',
        'bastion-username': '',
        'project-dir': '/opt/ai-trade',
        image: 'ai-trade:2',
      },
    })
    expect(outputsOf(report)).toMatchObject({ outcome: 'unknown', 'transaction-id': 'ab12' })
    const { message } = annotationOf(report)
    expect(message).toContain('host.sh rollback ab12')
    expect(message).not.toMatch(/ended before it changed|nothing of the gate service|it was none/u)
  })
})
