import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import type { TestedKind } from './kinds.ts'

/** The scenarios of the short set, in the order of the table. */
export const SCENARIOS = [
  'good release',
  'gate fails',
  'moved tag',
  'pruned images',
  'cancelled',
  'client gone',
  'image without labels',
] as const
export type ScenarioName = (typeof SCENARIOS)[number]

const lineSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('host'),
    release: z.string(),
    store: z.string(),
    docker: z.string(),
    compose: z.string(),
    openssh: z.string(),
  }),
  z.object({
    what: z.literal('scenario'),
    release: z.string(),
    store: z.string(),
    scenario: z.enum(SCENARIOS),
    /** Of the transaction, or `FAILED` where something was not as it must be. */
    end: z.string(),
    seconds: z.number(),
  }),
])
export type RecordLine = z.infer<typeof lineSchema>

const fileVariable = 'CLOSED_LOOP_HOST_RECORD'

/** Adds a line to the file that `CLOSED_LOOP_HOST_RECORD` names; does nothing where it names none. */
export function record(line: RecordLine): void {
  const file = process.env[fileVariable] ?? ''
  if (file !== '') appendFileSync(file, `${JSON.stringify(line)}\n`)
}

/** Whether this run makes the table of all hosts. */
export function isRecording(): boolean {
  return (process.env[fileVariable] ?? '') !== ''
}

export function readRecord(file: string): readonly RecordLine[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)))
}

/** Records what a host says of its own parts. */
export async function recordHost(host: PrivateHost, { release, store }: TestedKind): Promise<void> {
  const facts = await host.sh(`
docker version --format '{{.Server.Version}}'
docker compose version --short
ssh -V 2>&1`)
  const [docker = '', compose = '', ssh = ''] = facts.split('\n')
  const plain = (version: string) => version.replace(/[+-].*/, '')
  const openssh = /^OpenSSH_([0-9.p]+)/.exec(ssh)?.[1] ?? ''
  record({ what: 'host', release, store, docker: plain(docker), compose: plain(compose), openssh })
}
