import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { oneLine } from '../../../src/output/clean-text.ts'
import { code, escapeMarkdown, link, paragraph } from '../../../src/output/markdown.ts'
import { hostileText } from './hostile.ts'

const decode = (markdown: string) =>
  markdown
    .replaceAll('<wbr>', '')
    .replace(/&#(\d+);/gu, (_entity, number: string) => String.fromCodePoint(Number(number)))

describe('escapeMarkdown', () => {
  it('leaves nothing that Markdown or HTML gives a meaning to, and loses nothing', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const escaped = escapeMarkdown(text)
        const bare = escaped.replaceAll('<wbr>', '').replace(/&#\d+;/gu, '')
        expect(bare).not.toMatch(/[\\`*_{}[\]<>()#!|~&@:$^"\p{Cc}\u2028\u2029]|www\./iu)
        expect(escaped).not.toMatch(/^(?:\s|[-+=]|\d+[.)])/u)
        expect(decode(escaped)).toBe(oneLine(text, 600))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['a | b', 'a &#124; b'],
    ['line\r\nnext', 'line next'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;https://x\u0007link', 'link'],
    ['1. one', '1&#46; one'],
    ['- one', '&#45; one'],
    ['a-b.c', 'a-b.c'],
    ['@mona', '&#64;<wbr>mona'],
    ['see #12', 'see &#35;<wbr>12'],
    ['www.example.com', 'www&#46;example.com'],
    ['阶段 S3', '阶段 S3'],
  ])('%j becomes %j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped)
  })

  it('cuts before it escapes, so that no entity is cut', () => {
    expect(escapeMarkdown('|'.repeat(10), 4)).toBe('&#124;&#124;&#124;…')
    expect(escapeMarkdown('😀'.repeat(10), 4)).toBe('😀…')
  })
})

describe('code', () => {
  it('holds backticks and closing tags', () => {
    expect(code('a`b</code>')).toBe('<code>a&#96;b&#60;/code&#62;</code>')
  })

  it('shows a dash for nothing', () => {
    expect(code(' \n')).toBe('—')
  })
})

describe('paragraph', () => {
  it('keeps line ends, and makes code of what is to be copied', () => {
    expect(paragraph('Run:\n  docker ps | cat\n\nthen')).toBe(
      'Run&#58;<br><code>docker ps &#124; cat</code><br>then',
    )
  })
})

describe('link', () => {
  it('links an address of ours', () => {
    expect(link('a [b]', 'https://github.com/a/b/actions/runs/1')).toBe(
      '[a &#91;b&#93;](https://github.com/a/b/actions/runs/1)',
    )
  })

  it.each(['javascript:alert(1)', 'https://x/)[y](z', 'https://x y', ''])('does not link %j', (address) => {
    expect(link('a', address)).not.toContain('](')
  })
})
