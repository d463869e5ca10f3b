import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'

const GENERATOR = resolve('.github/tools/generate-docs.ts')
/** A page with the place of these tables. */
function pageFor(...tables: readonly string[]): string {
  return tables.map((name) => `# ${name}\n<!-- ${name}:start -->\nold\n<!-- ${name}:end -->\n`).join('kept\n')
}

const README = pageFor('inputs', 'outputs', 'variables')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-docs-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function generate(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [GENERATOR, ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stderr }
}

function written(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe('generate-docs', () => {
  it('writes an action.yml with the required inputs, defaults and outputs', () => {
    expect(generate()).toEqual({ status: 0, stderr: '' })
    const action = parse(written('action.yml'))
    const required = Object.entries<{ required: boolean }>(action.inputs).filter(
      ([, input]) => input.required,
    )
    expect(required.map(([name]) => name)).toEqual(['host', 'username', 'private-key', 'image'])
    expect(action.description.length).toBeLessThanOrEqual(125)
    expect(action.inputs.port).toMatchObject({ required: false, default: '22' })
    expect(action.inputs.passphrase).not.toHaveProperty('default')
    expect(action.outputs.outcome.description).toContain('promoted')
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/main.cjs', post: 'dist/post.cjs' })
    // The runner reads an expression in a description as an error.
    expect(written('action.yml')).not.toContain('${'.concat('{'))
  })

  it('writes an action file for each of the other actions, with its own inputs, and no post', () => {
    expect(generate()).toEqual({ status: 0, stderr: '' })
    const [verify, check] = ['verify', 'check'].map((name) => parse(written(`actions/${name}/action.yml`)))
    expect(verify.runs).toEqual({ using: 'node24', main: '../../dist/verify.cjs' })
    expect(Object.keys(verify.inputs)).toContain('known-hosts')
    expect(Object.keys(verify.inputs)).not.toContain('image')
    expect(Object.keys(verify.outputs)).toEqual(['reason', 'checks', 'duration-seconds'])
    expect(check.runs).toEqual({ using: 'node24', main: '../../dist/check.cjs' })
    expect(Object.keys(check.inputs)).toEqual(['docs-map'])
    expect(Object.keys(check.outputs)).toEqual(['reason'])
  })

  it('does not pass a README.md without the place of a table', () => {
    writeFileSync(join(folder, 'README.md'), README.replace('<!-- outputs:end -->', ''))
    expect(generate().status).toBe(1)
    const { status, stderr } = generate('--check')
    expect(status).toBe(1)
    expect(stderr).toContain('README.md has no place for the table of outputs')
  })

  it('fills the tables of README.md and leaves the rest alone', () => {
    writeFileSync(join(folder, 'README.md'), README)
    expect(generate().status).toBe(0)
    const readme = written('README.md')
    expect(readme).not.toMatch(/^old$/m)
    expect(readme.match(/^kept$/gm)).toHaveLength(2)
    expect(readme).toContain('| `host` | **required** |')
    expect(readme).toContain('| `image` | **required** |')
    expect(readme).not.toContain('| `docs-map` |')
    expect(readme).toContain('| `port` | `22` |')
    expect(readme).toContain('| `passphrase` |  |')
    expect(readme).toContain('| `CLOSED_LOOP_STAGE` | `S3` |')
    expect(readme).toContain('| `outcome` |')
    expect(generate('--check')).toEqual({ status: 0, stderr: '' })
  })

  it('fills the tables of the other actions on their pages', () => {
    mkdirSync(join(folder, 'docs'))
    writeFileSync(join(folder, 'docs/verify.md'), pageFor('inputs', 'outputs'))
    writeFileSync(join(folder, 'docs/configuration.md'), pageFor('inputs', 'outputs'))
    expect(generate()).toEqual({ status: 0, stderr: '' })
    expect(written('docs/verify.md')).toContain('| `project-dir` | `/opt/ai-trade` |')
    expect(written('docs/verify.md')).toContain('| `checks` |')
    // A default of several lines stays in its row.
    expect(written('docs/configuration.md')).toMatch(
      /^\| `docs-map` \| `docker-compose\.prod\.yml -> .*`<br>`tools\/.* \|$/m,
    )
  })

  it('only names stale files when it checks', () => {
    writeFileSync(join(folder, 'README.md'), README)
    expect(generate('--check')).toEqual({
      status: 1,
      stderr: `${['action.yml', 'actions/verify/action.yml', 'actions/check/action.yml', 'actions/rollback/action.yml', 'actions/plan/action.yml', 'README.md'].map((file) => `stale: ${file}\n`).join('')}`,
    })
    expect(written('README.md')).toBe(README)
  })

  it.each(['action.yml', 'actions/verify/action.yml', 'actions/check/action.yml'])(
    'finds the %s of this repository up to date',
    (file) => {
      generate()
      expect(readFileSync(file, 'utf8')).toBe(written(file))
    },
  )
})
