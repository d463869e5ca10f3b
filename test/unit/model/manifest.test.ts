import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  filesOf,
  isPlainName,
  type ManifestItem,
  manifestOf,
  manifestText,
  staysInside,
} from '../../../src/model/manifest.ts'

const directory = (path: string): ManifestItem => ({ kind: 'directory', mode: 0o755, path })
const file = (path: string, bytes = 1): ManifestItem => ({
  ...{ kind: 'file', mode: 0o640, sha256: 'abc', bytes, path, source: `/checkout/${path}` },
})
const link = (path: string, to: string): ManifestItem => ({ kind: 'link', to, path })

describe('manifest', () => {
  it('has a line of four fields for each item', () => {
    expect(manifestText([directory('ops'), file('ops/a b'), link('ops/now', '../ops/a b')])).toBe(
      'd\t755\t-\tops\nf\t640\tabc\tops/a b\nl\t-\t../ops/a b\tops/now\n',
    )
    expect(manifestText([])).toBe('')
  })

  it('is sorted by the bytes of its paths, whatever the language', () => {
    const paths = ['ops/文', 'ops/ä', 'ops', 'ops-x', 'ops/B', 'ops/a']
    expect(manifestOf(paths.map((path) => file(path))).map(({ path }) => path)).toEqual([
      ...['ops', 'ops-x', 'ops/B', 'ops/a', 'ops/ä', 'ops/文'],
    ])
  })

  it('has a directory before everything in it', () => {
    const name = fc.stringMatching(/^[a-c!~é]{1,3}$/u)
    fc.assert(
      fc.property(fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 20 }), (all) => {
        const paths = manifestOf(all.map((parts) => file(parts.join('/')))).map(({ path }) => path)
        for (const [index, path] of paths.entries())
          expect(paths.slice(index + 1).filter((later) => path.startsWith(`${later}/`))).toEqual([])
      }),
    )
  })

  it('counts files and their bytes', () => {
    const { files, bytes } = filesOf([
      directory('ops'),
      file('ops/a', 3),
      file('ops/b', 4),
      link('ops/c', 'a'),
    ])
    expect([files.map(({ path }) => path), bytes]).toEqual([['ops/a', 'ops/b'], 7])
  })
})

describe('a link', () => {
  it.each([
    ['ops/now', 'a'],
    ['ops/now', './a/../b'],
    ['ops/x/now', '..'],
    ['ops/x/now', '../y/a'],
    ['ops/now', '.'],
    ['ops/now', 'absent'],
  ])('at %s stays inside with %s', (path, to) => {
    expect(staysInside('ops', path, to)).toBe(true)
  })

  it.each([
    ['ops/now', '..'],
    ['ops/now', '../ops/a'],
    ['ops/now', '/opt/ai-trade/ops/a'],
    ['ops/x/now', '../../tools'],
    ['ops/x/now', 'y/../../../ops/a'],
    ['ops/now', ''],
    ['ops', 'other'],
    ['ops', '.'],
  ])('at %s leaves it with %s', (path, to) => {
    expect(staysInside('ops', path, to)).toBe(false)
  })

  it('leads below the entry wherever that stands, if it stays inside', () => {
    const part = fc.constantFrom('..', '.', 'a', 'b', '')
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('d', 'e'), { maxLength: 3 }),
        fc.array(part, { minLength: 1, maxLength: 6 }),
        (directories, parts) => {
          const path = ['deep/ops', ...directories, 'link'].join('/')
          const to = parts.join('/')
          if (!staysInside('deep/ops', path, to)) return
          let depth = directories.length
          for (const one of parts) {
            depth += one === '..' ? -1 : one === '.' || one === '' ? 0 : 1
            expect(depth).toBeGreaterThanOrEqual(0)
          }
        },
      ),
    )
  })
})

describe('isPlainName', () => {
  it('takes what tar, awk and a shell read as it is', () => {
    expect(['a b', '-x', '配置', "it's", '$HOME', '*'].every(isPlainName)).toBe(true)
    expect(['a\tb', 'a\nb', 'a\\b', 'a\u0000', 'a\u009b', 'a\ufffd'].some(isPlainName)).toBe(false)
  })
})
