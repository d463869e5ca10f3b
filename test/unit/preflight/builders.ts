import type { Fact } from '../../../src/host/protocol/facts.ts'
import { type PreflightFacts, preflightFacts } from '../../../src/host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../../../src/model/problem.ts'
import { preflightFindings } from '../../../src/preflight/judge.ts'
import type { Wanted } from '../../../src/preflight/wanted.ts'

/** What the tests want, but for what one changes. */
export const WANTED: Wanted = {
  deploy: ['app', 'side'],
  defer: [],
  gate: 'app',
  images: [{ key: 'APP_IMAGE', reference: 'app:2' }],
  requiredEnv: ['API_KEY'],
}

/** The facts of a host that is as it should be, by topic: a test replaces one. */
export const READY = {
  engine: ['docker\t28.0.1', 'compose\t2.30.0'],
  findings: [],
  project: ['project\tshop', 'env_file\t/srv/.env'],
  services: ['service\tapp\tapp:1\t\tjson-file\tpulled', 'service\tside\tside:1\t\t\tpulled'],
  keys: ['set\tAPI_KEY', 'set\tAPP_IMAGE'],
  release: ['released\tapp\tapp:2', 'released\tside\tside:1'],
  containers: [],
  others: [],
  sharers: [],
  images: [],
  looked: ['looked\tcontainers'],
  earlier: [],
  files: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Topics = Readonly<Partial<Record<keyof typeof READY, readonly string[]>>>

export function factsOf(lines: readonly string[]): readonly Fact[] {
  return lines.map((line) => line.split('\t') as unknown as Fact)
}

/** What such a host says, as the client reads it. */
export function readyFacts(changed: Topics = {}): PreflightFacts {
  return preflightFacts(factsOf(Object.values<readonly string[]>({ ...READY, ...changed }).flat()))
}

/** What speaks against the deployment there. */
export function findingsWith(changed: Topics, wanted: Partial<Wanted> = {}): readonly PreflightFinding[] {
  return preflightFindings(readyFacts(changed), { ...WANTED, ...wanted })
}

/** A container of the project. */
export function containerFact(service: string, state = 'running', oneOff = 'False'): string {
  return `container\tshop-${service}-1\t${service}\t1\t${oneOff}\tsha256:1\tapp:1\t${state}\tnone\tno:0\t-\tid-${service}\t2026-02-14T15:00:00Z\t0\t0\tfalse\tlasting\t-`
}
