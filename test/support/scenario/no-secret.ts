import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import type { PrivateHost } from '../private-host/private-host.ts'
import type { DeployRun } from './deploy.ts'

/**
 * No secret in anything that left the host or that the step wrote: the log before masking, outputs, state,
 * summary, annotations, artifacts, files on the runner; and the registry's password nowhere on the host.
 *
 * `canaries`: the secret values of the project's env file. The key and the registry password are added.
 */
export async function expectNoSecret(
  run: DeployRun,
  canaries: readonly string[],
  host: PrivateHost,
): Promise<void> {
  const traces = [...canaries, ...run.secrets].flatMap(tracesOf)
  const leaks = writtenTexts(run).flatMap(({ where, text }) =>
    traces.filter((trace) => text.includes(trace)).map((trace) => `${where} shows ${trace}`),
  )
  expect(leaks).toEqual([])
  // The secret comes on stdin, so that no script of the test bed holds it.
  const found = await host.run(`grep -rlF "$(cat)" /opt /root /tmp --exclude-dir=proc 2>/dev/null`, {
    stdin: host.registry.password,
  })
  expect(found.stdout).toBe('')
  const login = Buffer.from(`${host.registry.username}:${host.registry.password}`).toString('base64')
  expect((await host.run(`grep -rlF "$(cat)" /opt /root /tmp 2>/dev/null`, { stdin: login })).stdout).toBe('')
}

/** A secret gives itself away by each of its long lines, its random end, and its encoded forms. */
function tracesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 8 && !/^-+(BEGIN|END) /.test(line))
  const [only] = lines.length === 1 ? lines : []
  if (only === undefined) return lines
  const randomEnd = /[0-9a-f]{16}$/.exec(only)?.[0]
  return [
    only,
    ...(randomEnd === undefined ? [] : [randomEnd]),
    Buffer.from(only).toString('base64'),
    encodeURIComponent(only),
  ]
}

function writtenTexts(run: DeployRun): readonly { readonly where: string; readonly text: string }[] {
  const named = (kind: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, text]) => ({ where: `${kind} ${name}`, text }))
  return [
    // The one place where the runner is told what to mask.
    { where: 'log', text: run.rawLog.replace(/^::add-mask::.*$/gm, '') },
    { where: 'summary', text: run.summary },
    ...named('output', run.outputs),
    ...named('state', run.state),
    ...named('variable', run.environment.variables),
    ...run.annotations.map(({ title, message }) => ({ where: 'annotation', text: `${title}\n${message}` })),
    ...[...run.artifacts, ...run.diagnostics].flatMap(({ name, files }) =>
      [...files].map(([path, bytes]) => ({ where: `artifact ${name} ${path}`, text: bytes.toString() })),
    ),
    ...filesBelow(run.runnerTemp).map((path) => ({ where: path, text: readFileSync(path, 'utf8') })),
    ...filesBelow(run.workspace).map((path) => ({ where: path, text: readFileSync(path, 'utf8') })),
  ]
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('_runner_file_commands'))
}
