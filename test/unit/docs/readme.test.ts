import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import * as z from 'zod'
import { OUTPUTS } from '../../../src/config/outputs.ts'
import { readDeployConfig } from '../../../src/config/read.ts'
import { VARIABLES } from '../../../src/config/variables.ts'
import { budgetSeconds } from '../../../src/model/phase.ts'
import { duration } from '../../../src/output/messages/quantities.ts'
import { environmentWith, PRIVATE_KEY } from '../config/environment.ts'
import { problemsWith } from '../output/problems.ts'
import { readDocument, tableNames } from './markdown-document.ts'

const readme = readDocument('README.md')
const documents = [
  readme,
  ...[
    'docs/adopting.md',
    'docs/architecture.md',
    'docs/configuration.md',
    'docs/gate-rules.md',
    'docs/recovery.md',
    'docs/threat-model.md',
    'docs/troubleshooting.md',
    'docs/verify.md',
    'src/host/README.md',
    'test/README.md',
  ].map(readDocument),
]

const action = z
  .object({ inputs: z.record(z.string(), z.object({ required: z.boolean() })) })
  .parse(parse(readFileSync('action.yml', 'utf8')))
const inputNames = Object.keys(action.inputs)

const workflow = z
  .object({
    concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.boolean() }),
    permissions: z.record(z.string(), z.string()),
    jobs: z.object({
      deploy: z.object({
        'timeout-minutes': z.number(),
        steps: z.tuple([z.object({ uses: z.string(), with: z.record(z.string(), z.string()) })]),
      }),
    }),
  })
  .parse(parse(readme.fences('yaml')[0] ?? ''))
const [step] = workflow.jobs.deploy.steps

/** What the expressions of the workflow stand for. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'vars.DEPLOY_HOST': '203.0.113.10',
  'vars.DEPLOY_USER': 'deploy',
  'vars.DEPLOY_KNOWN_HOSTS': '203.0.113.10 ssh-ed25519 AAAA',
  'secrets.DEPLOY_KEY': PRIVATE_KEY,
  'vars.REGISTRY_USERNAME': 'robot',
  'secrets.REGISTRY_PASSWORD': 'registry-password',
  'inputs.image': 'registry.example.com/ai-trade:1',
  'inputs.research-image': '',
  'toJSON(vars)': JSON.stringify({ DEPLOY_HOST: '203.0.113.10', DEPLOY_USER: 'deploy' }),
}

/** The step's inputs as the runner passes them. */
function evaluated(expressions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(step.with).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
        const value = expressions[expression]
        if (value === undefined)
          throw new Error(`the workflow uses ${expression}, which the test does not know`)
        return value
      }),
    ]),
  )
}

describe('the workflow of the README', () => {
  it('gives inputs of action.yml only, and all that are required', () => {
    const given = Object.keys(step.with)
    expect(given.filter((name) => !inputNames.includes(name))).toEqual([])
    expect(inputNames.filter((name) => action.inputs[name]?.required && !given.includes(name))).toEqual([])
  })

  it('is a configuration that the action accepts, and has time for', () => {
    const read = readDeployConfig(environmentWith(evaluated(EXPRESSIONS)))
    if (read.kind === 'invalid') throw new Error(JSON.stringify(read.problem.mistakes))
    expect(read.warnings).toEqual([])
    const budget = budgetSeconds(read.config)
    expect(workflow.jobs.deploy['timeout-minutes'] * 60).toBeGreaterThan(budget)
    expect(readme.text).toContain(`${duration(budget * 1000)} with the default timeouts`)
  })

  it('is accepted as well without a registry account', () => {
    const withoutAccount = { 'vars.REGISTRY_USERNAME': '', 'secrets.REGISTRY_PASSWORD': '' }
    const read = readDeployConfig(environmentWith(evaluated({ ...EXPRESSIONS, ...withoutAccount })))
    expect(read).toMatchObject({ kind: 'ok', config: { registry: { kind: 'host-login' } } })
  })

  it('lets one deployment at a time run to its end, without rights in the repository', () => {
    expect(workflow.concurrency['cancel-in-progress']).toBe(false)
    expect(workflow.permissions).toEqual({})
  })

  it('keeps nothing as a secret, there or in any document, that may be part of a job output', () => {
    const documents = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
      name.endsWith('.md'),
    )
    const fromSecrets = documents.flatMap((name) =>
      [...readFileSync(name, 'utf8').matchAll(/([\w-]+): *\$\{\{ *secrets\./g)].map(
        ([, input = '']) => input,
      ),
    )
    expect(fromSecrets).toContain('registry-password')
    expect(
      fromSecrets.filter(
        // `key` and `GHCR_TOKEN` are of the job that docs/migrating.md replaces.
        (name) =>
          !/^(?:bastion-)?private-key$|^passphrase$|^registry-password$|^key$|^GHCR_TOKEN$/.test(name),
      ),
    ).toEqual([])
  })

  it('uses only secrets and variables that the README tells to create', () => {
    const used = Object.values(step.with).flatMap((text) =>
      [...text.matchAll(/\b(?:vars|secrets)\.(\w+)/g)].map(([, name = '']) => name),
    )
    expect(
      used.filter((name) => !readme.text.includes(`| \`${name}\``) && !readme.codes.includes(name)),
    ).toEqual([])
  })
})

describe('the names in the documents', () => {
  // Names of the same form that belong to others: workflow keys, services and programs.
  const FOREIGN = [
    'ai-trade',
    'ai-trade-research',
    'cancel-in-progress',
    'ssh-keygen',
    'ssh-keyscan',
    'timeout-minutes',
    'cert-authority',
    'with-lock',
    'docker-compose',
    'max-size',
    'on-failure',
    'login-kills',
    // A word of the output `checks`.
    'not-checked',
  ]

  it.each([readme, readDocument('docs/adopting.md')])(
    'of $path are inputs and outputs that exist',
    ({ codes }) => {
      const names = codes.filter((code) => /^[a-z]+(-[a-z]+)+$/.test(code))
      const known = [...inputNames, ...Object.keys(OUTPUTS), ...FOREIGN]
      expect(names.filter((name) => !known.includes(name))).toEqual([])
    },
  )

  it.each(documents)('$path names variables that exist', ({ text }) => {
    const names = [...text.matchAll(/\b(?:CLOSED_LOOP|GATE)_[A-Z_]*[A-Z]\b/g)].map(([name]) => name)
    // A log line, what a command under the lock is given, and what chooses the hosts of a test run.
    const known = [
      ...Object.keys(VARIABLES),
      'CLOSED_LOOP_LOCK_TOKEN',
      'CLOSED_LOOP_RUN_ID',
      'CLOSED_LOOP_GIT_COMMIT',
      'GATE_CHECK',
      'GATE_CHECK_PASSED',
      'GATE_CHECK_FAILED',
      'CLOSED_LOOP_TEST_COMPOSE',
      'CLOSED_LOOP_TEST_HOSTS',
      'CLOSED_LOOP_TEST_RELEASE',
      'CLOSED_LOOP_TEST_STORE',
      'CLOSED_LOOP_TESTS',
      // What notify-command finds.
      ...['CLOSED_LOOP_TRANSACTION', 'CLOSED_LOOP_OUTCOME', 'CLOSED_LOOP_PROJECT'],
    ]
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  it.each(documents)('$path names reasons that exist', ({ codes }) => {
    const problems: readonly string[] = problemsWith('').map(({ code }) => code)
    const reasons = codes.filter((code) =>
      /^(config|ssh|preflight|lock|prefetch|snapshot|apply|health|gate|confirm|rollback|step)\.[a-z_]+$/.test(
        code,
      ),
    )
    expect(reasons.filter((reason) => !problems.includes(reason))).toEqual([])
  })

  it('has every input, output and variable in a table, where the markers of the generator must be', () => {
    const listed = tableNames(readme.text)
    const names = [...inputNames, ...Object.keys(OUTPUTS), ...Object.keys(VARIABLES)]
    expect(names.filter((name) => !listed.includes(name))).toEqual([])
  })

  it('has every outcome and every gate result in its table', () => {
    const words = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)
    const listed = tableNames(readme.text)
    expect(
      [...words(OUTPUTS.outcome), ...words(OUTPUTS.gate)].filter((name) => !listed.includes(name)),
    ).toEqual([])
  })
})

/** The file that the README tells its reader to make. */
const READERS_WORKFLOW = '.github/workflows/deploy.yml'

describe('the places that the documents lead to', () => {
  it.each(documents)('$path links to files and headings that exist', ({ links }) => {
    const broken = links.filter(
      ({ file, anchor }) =>
        !existsSync(file) || (anchor !== '' && !readDocument(file).anchors.includes(anchor)),
    )
    expect(broken).toEqual([])
  })

  it.each(documents)('$path names paths of this repository that exist', ({ codes }) => {
    const paths = codes.filter((code) => /^(src|test|examples|docs|\.github|\.ci)\/\S+$/.test(code))
    // A bundle may be in the middle of being built; dist/ has a check of its own.
    expect(paths.filter((path) => path !== READERS_WORKFLOW && !existsSync(path))).toEqual([])
    const programFiles = codes.filter((code) =>
      /^(?:lib|compose|phases|watchdog|cli)\/[a-z-]+\.sh$/.test(code),
    )
    expect(programFiles.filter((file) => !existsSync(`src/host/program/${file}`))).toEqual([])
  })
})
