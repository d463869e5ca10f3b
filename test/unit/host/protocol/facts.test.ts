import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Fact, fieldsOf, firstOf, parseReply } from '../../../../src/host/protocol/facts.ts'

const field = fc.string({ unit: 'grapheme' }).filter((text) => !/[\t\n]/u.test(text))
const job = fc.stringMatching(/^[a-z]+$/u)

describe('parseReply', () => {
  it('sorts facts, words and news, each in its order', () => {
    const reply = parseReply(3, [
      'fact\tdocker\t20.10.24',
      'text\tPulling ai-trade',
      'job\tapply\tboundary',
      'out\tapply\t Container ai-trade  Started',
      'job\tapply\trunning\tai-trade\tsha256:1',
      'fact\tended\tapply\t0',
      'text\t',
    ])
    expect(reply).toEqual({
      code: 3,
      facts: [
        ['docker', '20.10.24'],
        ['ended', 'apply', '0'],
      ],
      text: ['Pulling ai-trade', ''],
      news: [
        { kind: 'fact', job: 'apply', fact: ['boundary'] },
        { kind: 'text', job: 'apply', line: ' Container ai-trade  Started' },
        { kind: 'fact', job: 'apply', fact: ['running', 'ai-trade', 'sha256:1'] },
      ],
    })
  })

  it.each(['', 'fact', 'text', 'job\tapply', 'Welcome to Ubuntu', 'facts\tdocker\t1', ' fact\tdocker\t1'])(
    'drops the noise %j',
    (line) => {
      expect(parseReply(0, [line])).toEqual({ code: 0, facts: [], text: [], news: [] })
    },
  )

  it('keeps every field of every fact, empty ones too', () => {
    fc.assert(
      fc.property(field, fc.array(field), (name, fields) => {
        expect(parseReply(0, [['fact', name, ...fields].join('\t')]).facts).toEqual([[name, ...fields]])
      }),
    )
  })

  it('keeps foreign words as they are: no text of a program becomes a fact, whatever it holds', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')),
      fc.constantFrom('fact\tboundary', 'job\tconfirm\tpromoted', 'fact\tended\tconfirm\t0', '\tfact\tx'),
    )
    fc.assert(
      fc.property(job, line, (name, text) => {
        expect(parseReply(0, [`text\t${text}`, `out\t${name}\t${text}`])).toEqual({
          code: 0,
          facts: [],
          text: [text],
          news: [{ kind: 'text', job: name, line: text }],
        })
      }),
    )
  })
})

describe('fieldsOf and firstOf', () => {
  const facts: readonly Fact[] = [['service', 'ai-trade', 'x'], ['name'], ['service', 'watchdog']]

  it('give the fields of every fact of a name, and the first of the first', () => {
    expect(fieldsOf(facts, 'service')).toEqual([['ai-trade', 'x'], ['watchdog']])
    expect(firstOf(facts, 'service')).toBe('ai-trade')
  })

  it('give nothing where there is nothing', () => {
    expect(fieldsOf(facts, 'none')).toEqual([])
    expect(firstOf(facts, 'none')).toBe('')
    expect(firstOf(facts, 'name')).toBe('')
  })
})
