import { describe, expect, it } from '@jest/globals'
import type { DocumentsCheck } from '../../../src/model/documents-check.ts'
import type { ConfigurationProblem } from '../../../src/model/problem.ts'
import {
  annotationOfCheck,
  annotationOfMistakes,
  renderCheck,
  renderMistakes,
} from '../../../src/output/check.ts'

const good: DocumentsCheck = {
  compared: [{ source: 'a.yml', document: '配置.md', subject: 'variable', named: 2, names: 2 }],
  findings: [],
}
const bad: DocumentsCheck = {
  compared: [{ source: 'run.sh', document: 'a|b.md', subject: 'option', named: 0, names: 1 }],
  findings: [
    { kind: 'absent', path: 'docs/开发指南.md' },
    { kind: 'unreadable', path: 'b.yml', why: 'it is not a file' },
    { kind: 'unknown-kind', path: 'w.py' },
    { kind: 'no-options', path: 'x.sh' },
    { kind: 'not-named', source: 'run.sh', document: 'a|b.md', subject: 'option', names: ['--stage'] },
    { kind: 'not-named', source: 'a.yml', document: 'c.md', subject: 'variable', names: ['A_B', 'C'] },
  ],
}

describe('what a check tells', () => {
  it('is a notice when all is well', () => {
    expect(annotationOfCheck(good)).toEqual({
      level: 'notice',
      title: 'The documents name everything',
      message:
        'The action compared files of this repository. It made no connection and changed nothing on a host.',
    })
    expect(renderCheck(good)).toMatch(
      /^## ✅ The documents name everything\n\n\| file .*2 of 2 variables \|\n\n/s,
    )
  })

  it('is each thing that is wrong, and what to do', () => {
    const { level, title, message } = annotationOfCheck(bad)
    expect([level, title]).toEqual(['error', 'The documents are not up to date: 6 findings'])
    expect(message.split('\n').slice(0, 6)).toEqual([
      'docs/开发指南.md does not exist. Add it, or correct the input "docs-map".',
      'b.yml cannot be read: it is not a file. Correct it, or remove it from the input "docs-map".',
      'w.py is neither a compose file (.yml, .yaml) nor a shell script. Remove it from the input "docs-map".',
      expect.stringMatching(/^x\.sh has no option that could be recognized/),
      'a|b.md does not name the option --stage of run.sh. Describe it there, or remove it from run.sh.',
      'c.md does not name the variables A_B, C, which a.yml uses. Describe them there, or remove them from a.yml.',
    ])
  })

  it('asks for the checkout where nothing is there', () => {
    const nothing: DocumentsCheck = { compared: [], findings: [{ kind: 'absent', path: 'a.yml' }] }
    expect(annotationOfCheck(nothing).message).toContain('actions/checkout')
    expect(renderCheck(nothing)).toContain('actions/checkout')
    expect(annotationOfCheck(bad).message).not.toContain('actions/checkout')
  })

  it('cannot be made into anything else by file names', () => {
    const summary = renderCheck(bad)
    expect(summary).toContain('| <code>run.sh</code> | <code>a&#124;b.md</code> | 0 of 1 options |')
    expect(summary).toContain('A&#95;B')
  })

  it('fits into what the runner takes, however much is wrong', () => {
    const names = Array.from({ length: 500 }, (_, index) => `A_VERY_LONG_NAME_${index}`)
    const findings = Array.from({ length: 300 }, (_, index) => ({
      ...({ kind: 'not-named', source: 'a.yml', subject: 'variable', names } as const),
      document: `${index}.md`,
    }))
    const many: DocumentsCheck = { compared: [], findings }
    expect(annotationOfCheck(many).message.length).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(renderCheck(many))).toBeLessThan(1024 * 1024)
    expect(renderCheck(many)).toContain('… and 200 more findings.')
  })
})

describe('what a check that could not be made tells', () => {
  const mistaken: ConfigurationProblem = {
    code: 'config.invalid',
    mistakes: [{ name: 'docs-map', got: '"a|b"', expected: 'PATH -> PATH PATH…' }],
  }

  it('is every mistake, what was not done, and what to do', () => {
    expect(annotationOfMistakes(mistaken)).toEqual({
      level: 'error',
      title: 'The documents were not checked',
      message: [
        'The configuration has a mistake:',
        '• docs-map: expected PATH -> PATH PATH…, got "a|b"',
        'The action compared no file of this repository. It made no connection and changed nothing on a host.',
        'What to do: Correct these in the workflow, its variables or its secrets. No connection was made.',
        'Reason: config.invalid.',
      ].join('\n'),
    })
    expect(renderMistakes(mistaken)).toMatch(
      /^## ⛔ The documents were not checked\n\nThe configuration has a mistake.*docs-map.*a&#124;b.*\n\n.*\n\n\*\*What to do\.\*\* Correct.*\n$/s,
    )
  })

  it('has no word of a deployment', () => {
    expect(annotationOfMistakes(mistaken).message + renderMistakes(mistaken)).not.toMatch(/deploy|release/i)
  })

  it('fits into what the runner takes, however much is wrong', () => {
    const mistake = { name: 'docs-map', got: 'x'.repeat(3000), expected: 'y'.repeat(3000) }
    const many = { ...mistaken, mistakes: Array.from({ length: 500 }, () => mistake) }
    const { message } = annotationOfMistakes(many)
    expect(message.length).toBeLessThanOrEqual(4096)
    expect(message).toMatch(/Reason: config\.invalid\.$/)
    expect(Buffer.byteLength(renderMistakes(many))).toBeLessThan(1024 * 1024)
  })
})
