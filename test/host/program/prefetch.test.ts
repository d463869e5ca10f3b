import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

/** Docker's client: tells of each call and of the configuration that it reads, and asks the helpers that the real one would. */
const DOCKER = `said=\${0%/*}/said
case "$1 $2" in
'context inspect') echo unix:///var/run/docker.sock ;;
'image ls') ;;
'image inspect')
  case $* in *missing-here* | *docker.io*) echo 'Error: No such image: missing-here' >&2; exit 1 ;; esac
  case $* in *RepoDigests*) ;; *) printf 'sha256:%s\\t\\n' "$(printf '%s' "$5" | tr -dc a-z)" ;; esac ;;
'pull '*)
  echo "pull $2 with \${DOCKER_CONFIG-the own configuration}: $(cat "\${DOCKER_CONFIG-/nowhere}/config.json" 2>/dev/null)" >>"$said"
  ! [ -n "\${DOCKER_CONFIG-}" ] || stat -c '%a %n' "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" >>"$said"
  ! [ -e "\${0%/*}/hangs" ] || { : >"\${0%/*}/hanging"; sleep 100; }
  echo "1: Pulling from \${2%%:*}"
  case $2 in *denied*) echo 'Error response from daemon: denied: denied' >&2; exit 1 ;; esac
  echo "Status: Downloaded newer image for $2" ;;
'login '*) echo "$*" >>"$said"; cat >/dev/null; docker-credential-pass store ;;
esac`

const bench = programBench({
  docker: DOCKER,
  'docker-credential-pass': 'said=$(dirname "$0")/said; echo "helper $*" >>"$said"; cat >>"$said"',
})
afterAll(() => bench[Symbol.dispose]())

const CONFIGURATION = `{"auths":{"ghcr.io":{"auth":"${Buffer.from('_json_key:{\n"a": 1}\n').toString('base64')}"}}}\n`

/** A transaction that has its snapshot; `$1`: the images of the plan, `$2`: the registry, `$3`: those of other services. */
const BEGUN = `
fakes=\${PATH%%:*}; one=$PWD/one; rm -rf "$one" "$fakes/said" "$fakes/hangs"; STATE_DIR=$one/.closed-loop; TX=a TX_DIR=$STATE_DIR/transactions/a
mkdir -p "$TX_DIR/snapshot" "$TX_DIR/jobs/prefetch"
{
  printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tc.yml\\nproject_name\\tshop\\ndeploy\\tapp\\ngate\\tapp\\n' "$one"
  for image in $1; do printf 'image\\tAI_TRADE_IMAGE\\t%s\\n' "$image"; done
  [ -z "$2" ] || printf 'registry\\t%s\\n' "$2"
} >"$TX_DIR/plan"
others=$3
edited_env() { :; }; service_facts() { for other in $others; do printf 'service\\tapp\\t%s\\tapp\\tjson-file\\tpulled\\n' "$other"; done; }
: >"$one/.env"; : >"$TX_DIR/snapshot/containers"; echo snapshotted >"$TX_DIR/state"; open_transaction a
prefetch() { ( job_prefetch ) 2>"$TX_DIR/jobs/prefetch/out"; echo "code $?"; }
`

describe.each(SHELLS)('prefetch under %s', (shell) => {
  const lines = (
    script: string,
    words: readonly [images: string, registry: string, others: string],
    stdin = '',
  ) => {
    const { stdout } = bench.run(shell, `${BEGUN}\n${script}`, { words, stdin })
    return stdout.replaceAll(bench.directory, 'DIR').split('\n').slice(0, -1)
  }
  const said = 'cat "$fakes/said"'

  describe('of an image that the plan knows', () => {
    // Docker here has the image sha256:then, by the digest too, and what a pull of a digest gives.
    const known = (reference: string, id: string, source: string) =>
      lines(
        `printf 'known\\t${reference}\\t${id}\\t${source}\\n' >>"$TX_DIR/plan"; open_transaction a
docker_read() {
  case $* in *RepoDigests* | 'image ls'*) return 0 ;; 'image inspect'*sha256:then | *app@sha256:digest) printf 'sha256:then\\t\\n' ;; *other@*) printf 'sha256:now\\t\\n' ;; *) return 1 ;; esac
}
image_id() { case $1 in sha256:then | *app@sha256:digest) echo sha256:then ;; *) return 1 ;; esac; }
prefetch; cat "$TX_DIR/new-images"; ${said} 2>/dev/null | cut -d ' ' -f 1,2`,
        [reference, '', ''],
      )
    const kept = (reference: string) => [
      `fact\tpulled\t${reference}\tsha256:then\t`,
      'code 0',
      `${reference}\tsha256:then`,
    ]

    it.each(['app:1', 'app@sha256:digest'])('pulls nothing where the host has it: %s', (reference) => {
      expect(known(reference, 'sha256:then', 'app@sha256:digest')).toEqual(kept(reference))
    })

    it('pulls by digest where the host has it no more', () => {
      expect(known('app:1', 'sha256:gone', 'other@sha256:digest')).toEqual([
        'fact\tproblem\tpull_failed\tapp:1',
        'code 1',
        'pull other@sha256:digest',
      ])
      expect(known('app:1', 'sha256:now', 'other@sha256:digest')).toEqual([
        'fact\tpulled\tapp:1\tsha256:now\t',
        'code 0',
        'app:1\tsha256:now',
        'pull other@sha256:digest',
      ])
    })
  })

  it('with a registry account logs in nowhere, asks no helper, and gives the login to pulls alone, until the last', () => {
    const config = 'DIR/one/.closed-loop/transactions/a/docker-config'
    const pulled = (reference: string) => [
      `pull ${reference} with ${config}: ${CONFIGURATION.trim()}`,
      `700 ${config}`,
      `600 ${config}/config.json`,
    ]
    expect(
      lines(
        `prefetch | tail -n 1; cat "$TX_DIR/state"; ${said}; grep -rl "$(printf %s 'X2pzb25fa2V5')" "$one" || echo nothing`,
        ['ghcr.io/acme/app:1', 'ghcr.io', 'missing-here:1'],
        CONFIGURATION,
      ),
    ).toEqual([
      'code 0',
      'prefetched',
      ...pulled('ghcr.io/acme/app:1'),
      ...pulled('missing-here:1'),
      'nothing',
    ])
  })

  it('pulls nothing where the login did not arrive', () => {
    expect(
      lines(`prefetch; cat "$TX_DIR/jobs/prefetch/out"; ${said} 2>/dev/null; ls "$TX_DIR"`, [
        'app:1',
        'ghcr.io',
        '',
      ]),
    ).toEqual([
      'code 1',
      'the login to the registry did not arrive on the host',
      ...['jobs', 'new-images', 'plan', 'snapshot', 'state'],
    ])
  })

  it("without an account uses the host's own login", () => {
    expect(lines(`prefetch | tail -n 1; ${said}`, ['app:1', '', ''])).toEqual([
      'code 0',
      'pull app:1 with the own configuration: ',
    ])
  })

  it('says where the words about each image begin', () => {
    expect(lines(`prefetch; cat "$TX_DIR/jobs/prefetch/out"`, ['acme/app:1 acme/denied:1', '', ''])).toEqual([
      'fact\tpulled\tacme/app:1\tsha256:acmeapp\t',
      'fact\tproblem\tpull_failed\tacme/denied:1',
      'code 1',
      '$ docker pull acme/app:1',
      '1: Pulling from acme/app',
      'Status: Downloaded newer image for acme/app:1',
      '$ docker tag acme/app:1',
      '$ docker pull acme/denied:1',
      '1: Pulling from acme/denied',
      'Error response from daemon: denied: denied',
    ])
  })

  it('pulls an image once, however other services spell it: a second pull would move the tag that was put back', () => {
    const others = 'docker.io/library/app:latest index.docker.io/library/app missing-here:2'
    expect(lines(`prefetch | tail -n 1; ${said} | cut -d ' ' -f 1-2`, ['app', '', others])).toEqual([
      ...['code 0', 'pull app', 'pull missing-here:2'],
    ])
  })

  it('goes no further where a tag cannot be put back, and whoever abandons it hears of that', () => {
    const told = lines(
      `put_tags_back() { echo app:1; }
prefetch; state; grep -c 'app:1 does not mean again' "$TX_DIR/jobs/prefetch/out"; grep -c pull "$fakes/said"
wait_for_docker() { :; }; release_images() { :; }; forget_images() { :; }; tx_release() { :; }
abandon 2>&1; echo "code $?"; state
TX_DIR=$TX_DIR; echo snapshotted >"$TX_DIR/state"; put_tags_back() { :; }; abandon; echo "code $?"`,
      ['app:1 other:1', '', ''],
    )
    expect(told).toEqual([
      ...['code 1', 'snapshotted', '2', '1'],
      ...['on this host app:1 does not mean again what it meant before', 'code 1', 'unchanged', 'code 0'],
    ])
  })

  it('leaves no login behind where it was killed, and the host restarted, once the next deployment comes', () => {
    const left = `
: >"$fakes/hangs"; rm -f "$fakes/hanging"
mkdir -p "$STATE_DIR/bin"; echo played >"$TX_DIR/program"; printf '%s\\n' "$KEPT" >"$TX_DIR/login"
( job_prefetch ) <"$TX_DIR/login" >/dev/null 2>&1 & job=$!
until [ -e "$fakes/hanging" ]; do pause; done
rm "$fakes/hangs" "$TX_DIR/login"
kill -KILL "$job" $(cat /proc/[0-9]*/stat | awk -v parent="$job" '$4 == parent { print $1 }') 2>/dev/null; wait "$job" 2>/dev/null
[ -e "$TX_DIR/docker-config/config.json" ] && echo left
BOOT=00000000-another; release_images() { :; }; tx_release() { :; }; disarm() { :; }; use_environment() { :; }; wait_for_docker() { :; }
end_leftovers; cat "$TX_DIR/state"; [ -e "$TX_DIR/docker-config" ] || echo gone`
    expect(lines(`KEPT='${CONFIGURATION.trim()}'; ${left}`, ['ghcr.io/acme/app:1', 'ghcr.io', ''])).toEqual([
      ...['left', 'unchanged', 'gone'],
    ])
  })
})
