/**
 * Writes what is documented twice from its one source, the schema, the protocol and the messages: the action files, and the tables between
 * `<!-- inputs:start -->` and `<!-- inputs:end -->` (likewise `outputs`, `variables`, `verbs` …) of the pages that have them.
 * With `--check` it writes nothing, names the stale files, and exits 1 when there are any. A place that is missing is told too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { ACTIONS, type Action } from '../../src/config/action.ts'
import type { InputName } from '../../src/config/inputs.ts'
import { CHECK_OUTPUTS, OUTPUTS, PLAN_OUTPUTS, VERIFY_OUTPUTS } from '../../src/config/outputs.ts'
import { defaultOf, descriptionOf, inputsOf, isRequired } from '../../src/config/schema.ts'
import { VARIABLES, type VariableName } from '../../src/config/variables.ts'
import { COLUMNS } from '../../src/host/protocol/container.ts'
import { GIVEN_VARIABLES, KEPT_VARIABLES } from '../../src/host/protocol/environment.ts'
import { EXIT_CODES } from '../../src/host/protocol/exit-codes.ts'
import { STATES } from '../../src/host/protocol/states.ts'
import { JOBS, VERBS } from '../../src/host/protocol/verbs.ts'
import { code, table } from './markdown-table.ts'
import { TROUBLESHOOTING_PAGE, TROUBLESHOOTING_TABLES } from './troubleshooting.ts'

const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[]

interface ActionPage {
  readonly file: string
  readonly name: string
  /** At most 125 characters: GitHub's limit for a listed action. */
  readonly description: string
  readonly branding: { readonly icon: string; readonly color: string }
  readonly runs: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, string>>
  /** The page with its tables. */
  readonly page: string
}

const PAGES: Readonly<Record<Action, ActionPage>> = {
  deploy: {
    file: 'action.yml',
    name: 'Closed-loop deploy gate',
    description:
      'Deploy to a Docker Compose host over SSH as one transaction: the closed loop passes the release, or it is rolled back.',
    branding: { icon: 'shield', color: 'green' },
    runs: { using: 'node24', main: 'dist/main.cjs', post: 'dist/post.cjs' },
    outputs: OUTPUTS,
    page: 'README.md',
  },
  verify: {
    file: 'actions/verify/action.yml',
    name: 'Closed-loop verification',
    description:
      'Check over SSH whether the closed loop of a Docker Compose host works. Changes nothing on the host.',
    branding: { icon: 'check-circle', color: 'green' },
    runs: { using: 'node24', main: '../../dist/verify.cjs' },
    outputs: VERIFY_OUTPUTS,
    page: 'docs/verify.md',
  },
  check: {
    file: 'actions/check/action.yml',
    name: 'Closed-loop documents check',
    description:
      'Compare the variables and options of files with the documents that must name them. Needs no host.',
    branding: { icon: 'book-open', color: 'green' },
    runs: { using: 'node24', main: '../../dist/check.cjs' },
    outputs: CHECK_OUTPUTS,
    page: 'docs/configuration.md',
  },
  rollback: {
    file: 'actions/rollback/action.yml',
    name: 'Closed-loop rollback',
    description:
      'Return a Docker Compose host over SSH to an earlier confirmed release, as one transaction that its health decides.',
    branding: { icon: 'rotate-ccw', color: 'green' },
    runs: { using: 'node24', main: '../../dist/rollback.cjs', post: '../../dist/rollback-post.cjs' },
    outputs: OUTPUTS,
    page: 'docs/rollback.md',
  },
  plan: {
    file: 'actions/plan/action.yml',
    name: 'Closed-loop deployment plan',
    description:
      'Say over SSH what a deployment to a Docker Compose host would change, and why it would be refused. Changes nothing.',
    branding: { icon: 'list', color: 'green' },
    runs: { using: 'node24', main: '../../dist/plan.cjs' },
    outputs: PLAN_OUTPUTS,
    page: 'docs/plan.md',
  },
}

function actionYaml(action: Action): string {
  const { name, description, branding, runs, outputs } = PAGES[action]
  const manifest = {
    name,
    description,
    author: 'The closed-loop-deploy-gate authors',
    branding,
    inputs: Object.fromEntries(inputsOf(action).map((input) => [input, inputEntry(input)])),
    outputs: outputEntries(outputs),
    runs,
  }
  return `# Generated from src/config by .github/tools/generate-docs.ts: change it there.\n${stringify(manifest, { lineWidth: 0 })}`
}

function outputEntries(outputs: ActionPage['outputs']) {
  return Object.fromEntries(Object.entries(outputs).map(([name, description]) => [name, { description }]))
}

function inputEntry(name: InputName) {
  const byDefault = defaultOf(name)
  return {
    description: descriptionOf(name),
    required: isRequired(name),
    ...(byDefault === undefined ? {} : { default: byDefault }),
  }
}

type Tables = Readonly<Record<string, () => string>>

function tablesOf(action: Action): Tables {
  const { outputs } = PAGES[action]
  return {
    // A plan has those of a deployment.
    ...(action === 'plan'
      ? {}
      : {
          inputs: () =>
            table(
              ['Input', 'Default', 'Meaning'],
              inputsOf(action).map((name) => [code(name), defaultCell(name), descriptionOf(name)]),
            ),
        }),
    outputs: () =>
      table(
        ['Output', 'Meaning'],
        Object.entries(outputs).map(([name, description]) => [code(name), description]),
      ),
    ...(action === 'deploy'
      ? {
          variables: () =>
            table(
              ['Variable', 'Default', 'Meaning'],
              VARIABLE_NAMES.map((name) => [code(name), defaultCell(name), descriptionOf(name)]),
            ),
        }
      : {}),
  }
}

/** What client and host program agree on, and the page that shows it. */
const PROTOCOL_PAGE = 'docs/host-protocol.md'
const PROTOCOL_TABLES: Tables = {
  verbs: () =>
    table(
      ['Verb', 'Meaning'],
      Object.entries(VERBS).map(([name, says]) => [code(name), says]),
    ),
  jobs: () =>
    table(
      ['Job', 'In the state', 'Meaning'],
      Object.entries(JOBS).map(([name, { state, says }]) => [
        code(name),
        state === 'any' ? 'any' : code(state),
        says,
      ]),
    ),
  states: () =>
    table(
      ['State', 'Boundary', 'Meaning'],
      Object.entries(STATES).map(([name, { place, says }]) => [code(name), place, says]),
    ),
  'exit-codes': () =>
    table(
      ['Code', 'Name', 'Meaning'],
      Object.entries(EXIT_CODES).map(([name, { code: number, says }]) => [String(number), code(name), says]),
    ),
  columns: () =>
    table(
      ['Column', 'Name', 'Meaning'],
      COLUMNS.map(({ name, says }, index) => [String(index + 1), name, says]),
    ),
  environment: () => table(['Always', 'Where set'], [[names(GIVEN_VARIABLES), names(KEPT_VARIABLES)]]),
}

function names(all: readonly string[]): string {
  return all.map(code).join(' ')
}

function defaultCell(name: InputName | VariableName): string {
  if (isRequired(name)) return '**required**'
  const byDefault = defaultOf(name)
  return byDefault === undefined ? '' : byDefault.split('\n').map(code).join('<br>')
}

function withTables(page: string, tables: Tables): string {
  return Object.entries(tables).reduce(
    (text, [name, render]) => text.replace(placeOf(name), () => `${render()}\n`),
    page,
  )
}

function placeOf(table: string): RegExp {
  return new RegExp(`(?<=<!-- ${table}:start -->\n).*?(?=<!-- ${table}:end -->)`, 's')
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Every page, and the tables that it has. */
const TABLES = new Map<string, Tables>([
  ...ACTIONS.map((action): [string, Tables] => [PAGES[action].page, tablesOf(action)]),
  [PROTOCOL_PAGE, PROTOCOL_TABLES],
  [TROUBLESHOOTING_PAGE, TROUBLESHOOTING_TABLES],
])

const pages = [...TABLES].filter(([page]) => existsSync(page))

const complaints = pages.flatMap(([page, tables]) =>
  Object.keys(tables)
    .filter((name) => !placeOf(name).test(contentOf(page)))
    .map(
      (name) =>
        `${page} has no place for the table of ${name}: <!-- ${name}:start --> and <!-- ${name}:end -->`,
    ),
)
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1

const wanted = new Map<string, string>([
  ...ACTIONS.map((action): [string, string] => [PAGES[action].file, actionYaml(action)]),
  ...pages.map(([page, tables]): [string, string] => [page, withTables(contentOf(page), tables)]),
])

const stale = [...wanted].filter(([path, text]) => contentOf(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`stale: ${path}`)
  if (stale.length > 0) process.exitCode = 1
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}
