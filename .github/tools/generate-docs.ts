/**
 * Writes what is documented twice from its one source, the schema: action.yml, and the tables of
 * README.md between `<!-- inputs:start -->` and `<!-- inputs:end -->` (likewise `outputs`, `variables`).
 * With `--check` it writes nothing, names the stale files, and exits 1 when there are any. A place that is missing is told too.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { INPUTS, type InputName } from '../../src/config/inputs.ts'
import { MODES } from '../../src/config/mode.ts'
import { OUTPUTS } from '../../src/config/outputs.ts'
import { defaultOf, descriptionOf, modesRequiring } from '../../src/config/schema.ts'
import { VARIABLES, type VariableName } from '../../src/config/variables.ts'

const INPUT_NAMES = Object.keys(INPUTS) as InputName[]
const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[]

function actionYaml(): string {
  const action = {
    name: 'Closed-loop deploy gate',
    description:
      'Deploy one Docker Compose host over SSH as a transaction: the closed loop on the host must pass the new release, or what ran before is put back.',
    author: 'The closed-loop-deploy-gate authors',
    branding: { icon: 'shield', color: 'green' },
    inputs: Object.fromEntries(INPUT_NAMES.map((name) => [name, inputEntry(name)])),
    outputs: Object.fromEntries(
      Object.entries(OUTPUTS).map(([name, description]) => [name, { description }]),
    ),
    runs: { using: 'node24', main: 'dist/main.cjs', post: 'dist/post.cjs' },
  }
  return `# Generated from src/config by .github/tools/generate-docs.ts: change it there.\n${stringify(action, { lineWidth: 0 })}`
}

function inputEntry(name: InputName) {
  const byDefault = defaultOf(name)
  return {
    description: descriptionOf(name),
    // A tool that checks workflows asks for what is required here, whatever the mode.
    required: modesRequiring(name).length === MODES.length,
    ...(byDefault === undefined ? {} : { default: byDefault }),
  }
}

const TABLES: Readonly<Record<string, () => string>> = {
  inputs: () =>
    table(
      ['Input', 'Default', 'Meaning'],
      INPUT_NAMES.map((name) => [code(name), defaultCell(name), descriptionOf(name)]),
    ),
  outputs: () =>
    table(
      ['Output', 'Meaning'],
      Object.entries(OUTPUTS).map(([name, description]) => [code(name), description]),
    ),
  variables: () =>
    table(
      ['Variable', 'Default', 'Meaning'],
      VARIABLE_NAMES.map((name) => [code(name), defaultCell(name), descriptionOf(name)]),
    ),
}

function defaultCell(name: InputName | VariableName): string {
  const modes = modesRequiring(name)
  if (modes.length > 0)
    return modes.length === MODES.length ? '**required**' : `**required** to ${modes.map(code).join(', ')}`
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

function withTables(readme: string): string {
  return Object.entries(TABLES).reduce((text, [name, render]) => {
    return text.replace(placeOf(name), () => `${render()}\n`)
  }, readme)
}

function placeOf(table: string): RegExp {
  return new RegExp(`(?<=<!-- ${table}:start -->\n).*?(?=<!-- ${table}:end -->)`, 's')
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

const complaints = existsSync('README.md')
  ? Object.keys(TABLES)
      .filter((name) => !placeOf(name).test(contentOf('README.md')))
      .map(
        (name) =>
          `README.md has no place for the table of ${name}: <!-- ${name}:start --> and <!-- ${name}:end -->`,
      )
  : []
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1

const wanted = new Map([['action.yml', actionYaml()]])
if (existsSync('README.md')) wanted.set('README.md', withTables(contentOf('README.md')))

const stale = [...wanted].filter(([path, text]) => contentOf(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`stale: ${path}`)
  if (stale.length > 0) process.exitCode = 1
} else {
  for (const [path, text] of stale) writeFileSync(path, text)
}
