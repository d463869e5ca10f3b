import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readReleaseEntries } from '../../../src/config/read.ts'
import { configOf, environmentWith, mistakesOf } from './environment.ts'

const filesOf = (files: string, more: Record<string, string> = {}) =>
  configOf(environmentWith({ files, ...more })).release.files
const stateOf = (text: string) => configOf(environmentWith({ 'state-files': text })).release.stateFiles

function wrong(inputs: Record<string, string>, variables: Record<string, string> = {}) {
  return mistakesOf(environmentWith(inputs, variables)).map(
    ({ name, got, expected }) => `${name}: ${expected}, got ${got}`,
  )
}

describe('files', () => {
  it('are none unless told', () => {
    expect([filesOf(''), stateOf('')]).toEqual([[], []])
  })

  it('have a source and a target a line', () => {
    const text =
      '# Release\n docker-compose.prod.yml \r\n\ndeploy/tools/ -> ./tools\n./ops//x y.conf->ops/x.conf\n'
    expect(filesOf(text)).toEqual([
      { source: 'docker-compose.prod.yml', target: 'docker-compose.prod.yml' },
      { source: 'deploy/tools', target: 'tools' },
      { source: 'ops/x y.conf', target: 'ops/x.conf' },
    ])
  })

  it.each([
    ['/etc/passwd'],
    ['../other'],
    ['tools/../../x'],
    ['tools -> /opt/x'],
    ['tools -> ..'],
    ['-x'],
    ['tools ->'],
    ['-> tools'],
    ['a -> b -> c'],
    ['a\tb'],
    ['a\\b'],
    ['tools -> x\u2028y'],
  ])('refuse %j', (line) => {
    expect(wrong({ files: `docs\n${line}` })).toEqual([
      expect.stringMatching(/^files: PATH or PATH -> TARGET, a path of the workspace.* \(line 2\), got "/u),
    ])
  })

  it.each([
    ['.', 'not the whole of either'],
    ['tools -> .', 'not the whole of either'],
    ['.git', 'where a checkout may keep a token'],
    ['.git/config -> x', 'where a checkout may keep a token'],
    ['models -> data/models', 'a target outside of `data` and `.closed-loop`'],
    ['data', 'a target outside of `data`'],
    ['x -> .closed-loop/bin', 'a target outside of `data` and `.closed-loop`'],
    ['./x/../.closed-loop', 'PATH or PATH'],
    ['docs/a', 'that of line 1 is, holds or lies in it'],
    ['other -> docs', 'that of line 1 is, holds or lies in it'],
  ])('refuse %j, which is for others', (line, expected) => {
    expect(wrong({ files: `docs\n${line}` })).toEqual([expect.stringContaining(expected)])
  })

  it('may lie beside others whose names begin alike, and have one source twice', () => {
    expect(filesOf('ops\nops-more\nopsx -> ops.x\nops -> data-ops\n.gitignore')).toHaveLength(5)
  })

  it('name every wrong line at once', () => {
    expect(wrong({ files: '/a\nb\nc -> ../d\nb -> b', 'state-files': '/x' })).toHaveLength(4)
  })

  it.each([
    [{}, '.env.runtime'],
    [{ 'env-file': 'conf/env' }, 'conf'],
    [{ 'env-file': '/opt/ai-trade/conf/env' }, 'x -> conf'],
    [{ 'env-file': 'conf' }, 'conf/x'],
  ])('keep off the env file (%j)', (inputs, files) => {
    expect(wrong({ files, ...inputs })).toEqual([expect.stringContaining('files: other targets: `')])
    expect(wrong({ files, ...inputs })[0]).toContain('the env file')
  })

  it('keep off the reports of the runner', () => {
    const variables = { CLOSED_LOOP_OUTPUT_ROOT: 'reports/loop' }
    expect(wrong({ files: 'reports' }, variables)).toEqual([
      expect.stringContaining('`reports` holds the reports of the runner'),
    ])
    expect(wrong({ files: 'reports/other' }, variables)).toEqual([])
  })
})

describe('state-files', () => {
  it('are paths, each once, also below data', () => {
    expect(stateOf('data/models  data/state.db\n./data//models/ var')).toEqual([
      'data/models',
      'data/state.db',
      'var',
    ])
  })

  it.each([
    ['/data', 'paths below'],
    ['../x', 'paths below'],
    ['.', 'paths below'],
    ['.closed-loop/lock', 'outside of `.closed-loop`'],
    ['data/models data/models/a', 'no path that lies in another one'],
    ['.env.runtime', 'the env file'],
    ['data', 'holds the reports of the runner'],
  ])('refuse %j', (text, expected) => {
    expect(wrong({ 'state-files': text })).toEqual([expect.stringContaining(expected)])
  })

  it('are not of the release too', () => {
    expect(wrong({ files: 'ops\ntools', 'state-files': 'ops/state tools x' })).toEqual([
      'state-files: other paths: `ops/state` is, holds or lies in `ops` of `files`; `tools` is, holds or lies in `tools` of `files`, got "ops/state tools x" (17 characters)',
    ])
  })
})

describe('readReleaseEntries', () => {
  it('has the entries also where something else is wrong, and none where they are', () => {
    const read = (inputs: Record<string, string>) => readReleaseEntries(environmentWith(inputs))
    expect(read({ files: 'ops -> conf', port: 'x' })).toEqual({
      workspace: '/home/runner/work',
      entries: [{ source: 'ops', target: 'conf' }],
    })
    for (const files of ['', '../x']) expect(read({ files }).entries).toEqual([])
  })
})

describe('whatever is written there', () => {
  const name = fc.constantFrom(
    '..',
    '.',
    '',
    'data',
    '.closed-loop',
    '.env.runtime',
    'ops',
    'a b',
    '-x',
    '/',
    '->',
    '\t',
  )
  const line = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))
  const lines = fc.array(
    fc.oneof(
      line,
      fc.tuple(line, line).map(([one, two]) => `${one} -> ${two}`),
    ),
  )

  it('is a mistake, or stays below the project directory and off what the host keeps', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const environment = environmentWith({ files: all.join('\n') })
        if (mistakesOf(environment).length > 0) return
        const { files } = configOf(environment).release
        for (const { source, target } of files) {
          expect(target).not.toMatch(
            /^(?:\/|-|$|\.$|data(?:\/|$)|\.closed-loop(?:\/|$)|\.env\.runtime)|\.\.|\/\/|\/$|\t/u,
          )
          expect(source).not.toMatch(/^(?:\/|-|$|\.$)|\.\.|\t/u)
        }
        const targets = files.map(({ target }) => `${target}/`)
        for (const [index, one] of targets.entries())
          expect(targets.filter((other, at) => at !== index && other.startsWith(one))).toEqual([])
      }),
    )
  })
})
