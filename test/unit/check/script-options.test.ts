import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { optionsOf, scriptOptions } from '../../../src/check/script-options.ts'

const lines = (...texts: readonly string[]) => `${texts.join('\n')}\n`

describe('the options that a script takes', () => {
  it.each<[what: string, text: string, parsed: readonly string[]]>([
    [
      'case, a line each',
      lines('case $1 in', '  --a) a=$2 ;;', '  --b-c)', '    x ;;', 'esac'),
      ['--a', '--b-c'],
    ],
    ['case on one line', 'case "$1" in --a) x;; --b) y;; esac', ['--a', '--b']],
    [
      'alternatives',
      lines('case $1 in', '-a|--a|--b) ;;', '-h | --help) ;;', 'esac'),
      ['--a', '--b', '--help'],
    ],
    ['quoted', lines('case $1 in', `  "--a") ;;`, `  '--b') ;;`, 'esac'), ['--a', '--b']],
    ['with their value', lines('case $1 in', '--a=*) ;;', '--b=?*) ;;', 'esac'), ['--a', '--b']],
    ['with a parenthesis', lines('case $1 in', '  (--a) ;;', '  ( --b ) ;;', 'esac'), ['--a', '--b']],
    ['comparisons', lines('[ "$1" = --a ] && x', 'if [[ "$1" == "--b" ]]; then'), ['--a', '--b']],
    [
      'comparisons without brackets',
      lines('if test "$1" = --a; then', 'test --b = "$1"&&x', 'test x = "--c"|| y'),
      ['--a', '--c'],
    ],
    ['Windows line ends', 'case $1 in\r\n  --a) ;;\r\nesac\r\n', ['--a']],
    ['options of others', lines('docker ps --all --quiet', 'x=$(docker rm --force "$id")', 'y=--z'), []],
    ['options of others, at the start of a line', lines('x=$(docker run \\', '  --rm)', 'y+=--z'), []],
    ['comments', lines('# --a)', 'x # --b) or', 'echo "#" # --c)', 'case $1 in --d) x "#" ;; esac'), ['--d']],
    [
      'here-documents',
      lines('cat <<END', '  --a) is not a pattern', 'END', 'case $1 in --b) ;; esac'),
      ['--b'],
    ],
    [
      'numbers shifted, which are no here-document',
      lines('x=$((1 << y))', 'case $1 in --a) ;; esac'),
      ['--a'],
    ],
    ['what comes from a call', lines('case $(x --c) in --a|--b) ;; (--d) ;; esac'), ['--a', '--b', '--d']],
    ['here-strings', lines('read -r x <<<END', 'case $1 in --a) ;; esac'), ['--a']],
  ])('%s', (_what, text, parsed) => expect(scriptOptions(text).parsed).toEqual(parsed))
})

describe('the options that the help of a script describes', () => {
  it.each<[what: string, text: string, helped: readonly string[]]>([
    ['a line each', lines("cat <<'USAGE'", '  --a PATH   like --no', '', '  --b', 'USAGE'), ['--a', '--b']],
    [
      'with a short form',
      lines('cat <<U', '  -a, --a', '  -b N, --b N', '-c --c', 'U'),
      ['--a', '--b', '--c'],
    ],
    ['in brackets', lines('cat <<U', 'usage: x [--a N] [-b|--b] [ --c ]', 'U'), ['--a', '--b']],
    ['indented by tabs', lines('cat <<-"U"', '\t--a', '\tU', '--no'), ['--a']],
    ['Chinese', lines('cat <<U', '  --a 路径   报告目录', '  --b　名称', 'U'), ['--a', '--b']],
    ['two documents of one command', lines('x <<A <<B', '--a', 'A', '--b', 'B'), ['--a', '--b']],
    ['in no here-document', lines('--a', 'echo "  --b"'), []],
    ['a document without its end', lines('cat <<U', '  --a'), []],
  ])('%s', (_what, text, helped) => {
    expect(scriptOptions(text).helped).toEqual(helped)
  })

  it('--help itself needs no description', () => {
    expect(optionsOf({ parsed: ['--help', '--a'], helped: ['--b', '--a', '--help'] })).toEqual(['--a', '--b'])
  })
})

it.each([
  ['patterns without an end', 'in x|'.repeat(100_000)],
  ['here-documents without an end', '<<A\n'.repeat(200_000)],
  ['a here-document of many lines', `cat <<A\n${'x\n'.repeat(500_000)}A\n`],
  ['comments within a quote', `"${' #'.repeat(200_000)}`],
  ['parentheses', `${'('.repeat(200_000)})`],
  ['blanks', `in ${' '.repeat(500_000)}`],
])('reads %s at once', (_what, text) => {
  expect(scriptOptions(`${text}\ncase $1 in --a) ;; esac\n`).parsed).toEqual(['--a'])
})

it('finds every option of a parser and of its help, whatever else is there', () => {
  const option = fc.stringMatching(/^--[a-z][a-z0-9-]{0,8}[a-z]$/)
  const noise = fc.constantFrom(
    '# --noise) x',
    `run --noise "$x" # it's`,
    `printf "%s" 'a"b' # --noise)`,
    'docker rm --noise "$(x --noise)"',
    '',
  )
  fc.assert(
    fc.property(fc.uniqueArray(option, { minLength: 1 }), fc.array(noise), (options, others) => {
      const text = lines(
        "cat <<'END'",
        ...options.map((one) => `  ${one} VALUE  see --noise`),
        'END',
        ...others,
        'case $1 in',
        ...options.flatMap((one, index) => [`  ${one}) x=$2 ;;`, others[index] ?? '']),
        'esac',
      )
      expect(scriptOptions(text)).toEqual({ parsed: options, helped: options })
    }),
  )
})
