import { describe, expect, it } from '@jest/globals'
import { checkDocuments } from '../../../src/check/check-documents.ts'
import type { PathContent } from '../../../src/model/documents-check.ts'

const COMPOSE = `services:\n  app:\n    image: \${A_IMAGE}\n    user: \${A_USER:-x}\n`
const RUNNER = '#!/bin/sh\ncase $1 in\n  --stage) ;;\n  --since) ;;\nesac\n'

function check(pair: string, files: Readonly<Record<string, string | PathContent>>) {
  const pairs = pair.split('\n').map((line) => {
    const [source = '', ...documents] = line.split(' ')
    return { source, documents }
  })
  return checkDocuments(pairs, (path) => {
    const file = files[path] ?? { kind: 'absent' }
    return typeof file === 'string' ? { kind: 'text', text: file } : file
  })
}

describe('checkDocuments', () => {
  it('finds nothing where every document names all', () => {
    expect(
      check('a.yml 文档.md .env', {
        'a.yml': COMPOSE,
        '文档.md': 'A_IMAGE A_USER',
        '.env': 'A_IMAGE=\n#A_USER=',
      }),
    ).toEqual({
      compared: [
        { source: 'a.yml', document: '文档.md', subject: 'variable', named: 2, names: 2 },
        { source: 'a.yml', document: '.env', subject: 'variable', named: 2, names: 2 },
      ],
      findings: [],
    })
  })

  it('names what each document lacks', () => {
    const files = { 'a.yaml': COMPOSE, run: RUNNER, 'a.md': 'A_USER --since', 'b.md': '' }
    const { compared, findings } = check('a.yaml a.md b.md\nrun a.md', files)
    expect(compared.map(({ named, names }) => [named, names])).toEqual([
      [1, 2],
      [0, 2],
      [1, 2],
    ])
    expect(findings).toEqual([
      { kind: 'not-named', source: 'a.yaml', document: 'a.md', subject: 'variable', names: ['A_IMAGE'] },
      {
        kind: 'not-named',
        source: 'a.yaml',
        document: 'b.md',
        subject: 'variable',
        names: ['A_IMAGE', 'A_USER'],
      },
      { kind: 'not-named', source: 'run', document: 'a.md', subject: 'option', names: ['--stage'] },
    ])
  })

  it('tells what is not there or cannot be read, once, and goes on with the rest', () => {
    const files = {
      'a.yml': COMPOSE,
      'd.md': '',
      'broken.yml': 'a: [',
      'link.md': { kind: 'unreadable', why: 'w' },
    } as const
    const { findings } = check('no.yml no.md d.md\nbroken.yml no.md link.md\na.yml d.md link.md', files)
    expect(findings).toEqual([
      { kind: 'absent', path: 'no.yml' },
      { kind: 'absent', path: 'no.md' },
      { kind: 'unreadable', path: 'broken.yml', why: expect.any(String) },
      { kind: 'unreadable', path: 'link.md', why: 'w' },
      {
        kind: 'not-named',
        source: 'a.yml',
        document: 'd.md',
        subject: 'variable',
        names: ['A_IMAGE', 'A_USER'],
      },
    ])
  })

  it.each([
    ['watchdog.py', 'print(1)\n', 'unknown-kind'],
    ['run.sh', 'echo "$@"\n', 'no-options'],
    ['run', '#!/usr/bin/env bash\necho "$@"\n', 'no-options'],
  ])('says that %s cannot be checked, instead of passing it', (path, text, kind) => {
    expect(check(`${path} a.md`, { [path]: text, 'a.md': '' })).toEqual({
      compared: [],
      findings: [{ kind, path }],
    })
  })

  it('compares a great many names with a long document at once', () => {
    const names = Array.from({ length: 30_000 }, (_, index) => `$V${index}`)
    const files = {
      'a.yml': `a: ["${names.join('", "')}"]`,
      'a.md': 'x '.repeat(200_000),
      '.env': 'X\n'.repeat(200_000),
    }
    const { findings } = check('a.yml a.md .env', files)
    expect(findings).toMatchObject([{ names: { length: 30_000 } }, { names: { length: 30_000 } }])
  })

  it('asks nothing of the documents of a compose file without variables', () => {
    expect(check('a.yml a.md', { 'a.yml': 'services: {}\n', 'a.md': '' }).findings).toEqual([])
  })
})
