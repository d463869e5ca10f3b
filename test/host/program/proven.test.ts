import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { STABLE_MILLISECONDS } from '../../../src/health/readiness.ts'
import { programBench, SHELLS, type ShellName } from './shells.ts'

/** A Docker that knows one image by the name that people write, and another by one that lists do not show. */
const bench = programBench({
  docker: `echo "$*" >>"$0.said"
case "$*" in
'image ls'*) printf 'shop:1\\tsha256:one\\n<none>:<none>\\tsha256:none\\n' ;;
'image inspect'*docker.io/library/shop:1) echo sha256:one ;;
'image inspect'*) echo 'Error: No such image' >&2; exit 1 ;;
esac`,
})
afterAll(() => bench[Symbol.dispose]())

let projects = 0

/** A project that preflight has looked at, then `meanwhile`; says whether what it had proven is still taken for so. */
function provenAfter(shell: ShellName, meanwhile: string): string {
  projects += 1
  const directory = join(bench.directory, `project ${projects}`)
  mkdirSync(directory)
  const { stdout, stderr } = bench.run(
    shell,
    `mkdir "$1/.closed-loop"; cd "$1"
echo A=1 >.env; echo 'services: {}' >a.yml; echo '# more' >'b c.yml'; echo x >other
plan() { printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\ta.yml\\ncompose_file\\tb c.yml\\nproject_name\\t%s\\nimage\\tAI_TRADE_IMAGE\\t%s\\n' "$PWD" "\${2:-shop}" "$1"; }
use_plan "$(plan shop:2)"
cd /
keep_proven "$(proven_key)" "$(printf 'service\\tai-trade\\tshop:2\\nname\\tshop')"
cd "$1"
${meanwhile}
cd /
proven_facts || echo 'to be asked again'; ls "$1/.closed-loop"`,
    { words: [directory] },
  )
  expect(stderr).toBe('')
  return stdout
}

const FACTS = 'service\tai-trade\tshop:2\nname\tshop\n'

describe.each(SHELLS)('what preflight has proven of the files, under %s,', (shell) => {
  it.each([
    ['while nothing changes', ':'],
    ['while something else changes', 'echo y >other'],
  ])('is not asked again %s', (_, meanwhile) => {
    expect(provenAfter(shell, meanwhile)).toBe(`${FACTS}proven\n`)
  })

  it.each([
    ['the env file', 'echo A=2 >.env'],
    ['a compose file', "echo '# less' >'b c.yml'"],
    ['what the release is', 'use_plan "$(plan shop:3)"'],
    ['the project', 'use_plan "$(plan shop:2 other)"'],
    ['which file is read, though the bytes are the same', 'cp .env .env.2; ENV_FILE=$PWD/.env.2'],
  ])('is asked again where somebody changed %s', (_, meanwhile) => {
    expect(provenAfter(shell, meanwhile)).toBe('to be asked again\nproven\n')
  })

  it.each([
    ['the env file was edited while preflight looked at it', "preflight 'echo A=2 >.env'"],
    [
      'a compose file was, whose name is a pattern for another one',
      `echo x >a1.yml; echo x >'a[1].yml'; COMPOSE_FILES='a[1].yml'; preflight :; echo y >'a[1].yml'`,
    ],
  ])('is asked again where %s', (_, meanwhile) => {
    const looking = `required_keys=; edited_env() { :; }; service_facts() { echo facts; }
preflight() { changes=$1; check_edit() { (cd "$PROJECT_DIR" && eval "$changes"); }; preflight_images >/dev/null; }`
    expect(provenAfter(shell, `${looking}\n${meanwhile}`)).toMatch(/^to be asked again\n/)
  })

  it('is of one release as a whole, though another deployment may look at the host in between', () => {
    const other = `printf '%s\\n' OTHER "name other" >"$STATE_DIR/proven.other"`
    const between = `${other}; ask=$(proven_key); proven_key() { mv "$STATE_DIR/proven.other" "$STATE_DIR/proven"; printf '%s\\n' "$ask"; }`
    expect(provenAfter(shell, between)).toBe(`${FACTS}proven\n`)
  })

  it.each(['include: [other]', 'services: {x: {extends: {file: other}}}'])(
    'is not kept where files that nobody named have a say: %s',
    (line) => {
      const again = `echo '${line}' >a.yml; keep_proven "$(proven_key)" FACTS`
      expect(provenAfter(shell, again)).toBe('to be asked again\n')
    },
  )
})

describe.each(SHELLS)('an env file that is edited while preflight compares it, under %s,', (shell) => {
  it.each([
    ['is looked at again', 'echo A=2 >>"$ENV_FILE"; grep -q A=2 "$images_copy"', 'compared\ncompared\n'],
    [
      'is refused only for what it says then',
      'echo "A=1$looked" >"$ENV_FILE"; [ "$looked" = 3 ]',
      'compared\n'.repeat(3),
    ],
    [
      'is refused where nobody edited it',
      'false',
      'compared\nfact\tfinding\tenv-file-not-editable\t.env\twhy\n',
    ],
  ])('%s', (_, comparison, said) => {
    const { stdout } = bench.run(
      shell,
      `cd "$(mktemp -d)"; STATE_DIR=$PWD ENV_FILE=.env looked=0 required_keys= GATE=g; echo A=1 >.env
proven_key() { :; }; wanted_env() { :; }; edited_env() { cat "$1"; }; service_facts() { false; }; plan_values() { :; }; among() { :; }
check_edit() { echo compared; looked=$((looked + 1)); CHECK_REFUSED=why; ${comparison}; }
preflight_images`,
    )
    expect(stdout).toBe(said)
  })
})

describe.each(SHELLS)('local images under %s', (shell) => {
  it('are looked up in one list, and asked for where the list does not have the reference', () => {
    const { stdout } = bench.run(
      shell,
      `said=$(command -v docker).said; rm -f "$said"; list_images
for name in shop:1 docker.io/library/shop:1 shop:2; do known_id "$name"; echo "$name $?"; done; cut -d ' ' -f 1,2 "$said"`,
    )
    expect(stdout.split('\n')).toEqual([
      ...['sha256:one', 'shop:1 0', 'sha256:one', 'docker.io/library/shop:1 0', 'shop:2 0'],
      ...['image ls', 'image inspect', 'image inspect', 'image inspect', ''],
    ])
  })
})

describe('the window without a restart', () => {
  it('is the same for the client and for the host', () => {
    const { stdout } = bench.run('dash', 'echo "$STABLE_SECONDS"')
    expect(Number(stdout) * 1000).toBe(STABLE_MILLISECONDS)
  })
})
