import { afterAll, describe, expect, it } from '@jest/globals'
import { STABLE_MILLISECONDS } from '../../../src/health/readiness.ts'
import { programBench, SHELLS } from './shells.ts'

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

describe.each(SHELLS)('an env file that is edited while preflight compares it, under %s,', (shell) => {
  it.each([
    ['is looked at again', 'echo A=2 >>"$ENV_FILE"; grep -q A=2 "$compose_copy"', 2, 'released\tapp\tshop:2'],
    [
      'is refused only for what it says then',
      'echo "A=1$looked" >"$ENV_FILE"; [ "$looked" = 3 ]',
      3,
      'released\tapp\tshop:2',
    ],
    ['is refused where nobody edited it', 'false', 1, 'edit_refused\twhy'],
  ])('%s', (_, comparison, looks, verdict) => {
    const { stdout } = bench.run(
      shell,
      `cd "$(mktemp -d)"; SCRATCH_DIR=$PWD ENV_FILE=.env looked=0 PROJECT_NAME=; echo A=1 >.env
wanted_env() { :; }; edited_env() { cat "$1"; }; plan_values() { :; }
check_edit() {
  looked=$((looked + 1)); CHECK_REFUSED=why CHECK_OLD="P_A: '[1]'$NEWLINE"P_B": '[]'$NEWLINE"P_C": |-$TAB  a: '[]'"
  CHECK_OLD_FACTS="name$TAB"shop CHECK_FACTS="service$TAB"app"$TAB"shop:2
  ${comparison}
}
preflight_compose; echo "code $? looks $looked"; ls`,
    )
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      ...['fact\tproject\tshop', 'fact\tname\tshop', 'fact\tenv_file\t.env', 'fact\tset\tA', 'fact\tset\tC'],
      ...[`fact\t${verdict}`, `code 0 looks ${looks}`],
    ])
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
