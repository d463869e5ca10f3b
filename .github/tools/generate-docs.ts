/**
 * Writes what is documented twice from its one source, the schema: the action files, and the tables between
 * `<!-- inputs:start -->` and `<!-- inputs:end -->` (likewise `outputs`, `variables`) of the pages that have them.
 * With `--check` it writes nothing, names the stale files, and exits 1 when there are any. A place that is missing is told too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { ACTIONS, type Action } from '../../src/config/action.ts'
import type { InputName } from '../../src/config/inputs.ts'
import { CHECK_OUTPUTS, OUTPUTS, VERIFY_OUTPUTS } from '../../src/config/outputs.ts'
import { defaultOf, descriptionOf, inputsOf, isRequired } from '../../src/config/schema.ts'
import { VARIABLES, type VariableName } from '../../src/config/variables.ts'

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
    inputs: () =>
      table(
        ['Input', 'Default', 'Meaning'],
        inputsOf(action).map((name) => [code(name), defaultCell(name), descriptionOf(name)]),
      ),
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

function defaultCell(name: InputName | VariableName): string {
  if (isRequired(name)) return '**required**'
  const byDefault = defaultOf(name)
  return byDefault === undefined ? '' : byDefault.split('\n').map(code).join('<br>')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(tableRow).join('\n')
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function code(text: string): string {
  return `\`${text}\``
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

const complaints = ACTIONS.flatMap((action) => {
  const { page } = PAGES[action]
  if (!existsSync(page)) return []
  return Object.keys(tablesOf(action))
    .filter((name) => !placeOf(name).test(contentOf(page)))
    .map(
      (name) =>
        `${page} has no place for the table of ${name}: <!-- ${name}:start --> and <!-- ${name}:end -->`,
    )
})
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1

const wanted = new Map<string, string>()
for (const action of ACTIONS) {
  const { file, page } = PAGES[action]
  wanted.set(file, actionYaml(action))
  if (existsSync(page)) wanted.set(page, withTables(contentOf(page), tablesOf(action)))
}

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
