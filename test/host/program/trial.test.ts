import { afterAll, describe, expect, it } from '@jest/globals'
import * as yaml from 'yaml'
import { programBench, SHELLS } from './shells.ts'

/** A Docker with a project of two services; what it is asked to change is in `said`. `code`: how the command ends. */
const DOCKER = `here=\${0%/*}
case "$*" in
*'compose '*' config') cat "$here/config.yml" ;;
*'compose '*' run '*)
  echo "$*" >>"$here/said"; cat "$here"/../one/.closed-loop/transactions/a/trial/compose.yml >"$here/used.yml"
  : >"$here/container"; : >"$here/network"; echo 'a line of the command'; exit "$(cat "$here/code")" ;;
'ps '*) ! [ -e "$here/container" ] || echo c1 ;;
'inspect '*) echo "$(cat "$here/ended") $(cat "$here/code")" ;;
'network ls'*) echo shop_there; ! [ -e "$here/network" ] || echo shop_new ;;
'volume ls'*) ;;
'network rm '*) echo "$*" >>"$here/said"; rm -f "$here/network" ;;
'rm '*) echo "$*" >>"$here/said"; rm -f "$here/container" ;;
esac`

const bench = programBench({ docker: DOCKER })
afterAll(() => bench[Symbol.dispose]())

const IMAGE = `sha256:${'a'.repeat(64)}`

/** What Compose makes of a project whose service `app` reads the whole env file, and sets LEVEL itself. */
const CONFIG = `name: shop
services:
  app:
    command:
      - serve
    container_name: shop-app
    depends_on:
      db:
        condition: service_started
    environment:
      AI_TRADE_IMAGE: old:1
      LEVEL: own
      SECRET: 'it''s $$x'
      TAKEN: new value
    image: new:1
    networks:
      default: null
      back: null
    pull_policy: always
  db:
    environment:
      AI_TRADE_IMAGE: old:1
    image: db:1
networks:
  back:
    name: shop_new
    driver: bridge
  default:
    name: shop_there
    driver: bridge
    ipam: {}
volumes:
  data:
    name: shop_data
`

const OLD = ['AI_TRADE_IMAGE', 'LEVEL', 'SECRET', 'TAKEN']
  .map((key, index) => `P_${key}: '[${['old:1', 'low', "it''s $$x", 'old value'][index]}]'`)
  .join('\n')

const WANTED = ['AI_TRADE_IMAGE\tnew:1', 'LEVEL\thigh', 'TAKEN\tnew value', "ADDED\ta $b: # 'c"].join('\n')

describe.each(SHELLS)('the trial under %s', (shell) => {
  const file = (config: string, old: string, plan = '') => {
    const words = [config, old, WANTED, IMAGE, plan]
    const { stdout, stderr } = bench.run(
      shell,
      `use_plan "$5"; yaml=$1 CHECK_OLD=$2 GATE=app apply_copy=x TX_DIR=x trial_dir=$RELEASE_DIR apply_facts=; wanted_env() { printf '%s\\n' "$want"; }; want=$3 id=$4
compose() { printf '%s\\n' "$yaml"; }; as_released() { "$@"; }; wanted_images() { printf 'app\\t%s\\n' "$id"; }
docker_read() { case $1 in network) printf 'bridge\\nshop_there\\n' ;; esac; }
trial_file`,
      { words },
    )
    expect(stderr).toBe('')
    return yaml.parse(stdout)
  }

  it('is the service in the new image, and what is there is somebody else’s', () => {
    const made = file(CONFIG, OLD)
    const { services, networks, volumes } = yaml.parse(CONFIG)
    const { app } = services
    expect(made).toEqual({
      name: 'shop',
      services: {
        ...services,
        app: { ...app, image: IMAGE, pull_policy: 'never', environment: expect.anything() },
      },
      networks: { back: networks.back, default: { name: 'shop_there', external: true } },
      volumes,
    })
  })

  it('has the new values of a service that reads the env file, and leaves what its own settings say', () => {
    expect(file(CONFIG, OLD).services.app.environment).toEqual({
      AI_TRADE_IMAGE: 'new:1',
      LEVEL: 'own',
      SECRET: "it's $$x",
      TAKEN: 'new value',
      ADDED: "a $$b: # 'c",
    })
  })

  it('mounts what the release brings from its tree, and everything else as it is', () => {
    const mount = (source: string) =>
      ['      - type: bind', `        source: ${source}`, '        target: /x'].join('\n')
    const sources = [
      '/opt/x/tools',
      '/opt/x/tools/a.sh',
      '/opt/x/tools2',
      '/opt/x',
      "'/opt/x/it''s'",
      '/etc/tools',
    ]
    const config = CONFIG.replace(
      '    pull_policy: always\n',
      `    volumes:\n${sources.map(mount).join('\n')}\n`,
    )
    const plan = ['project_dir\t/opt/x', 'gate\tapp', 'incoming\tabc', 'file\ttools', "file\tit's"].join('\n')
    const { volumes } = file(config, OLD, plan).services.app
    const tree = '/opt/x/.closed-loop/incoming/abc/tree'
    expect(volumes.map(({ source }: { readonly source: string }) => source)).toEqual([
      ...[`${tree}/tools`, `${tree}/tools/a.sh`, '/opt/x/tools2', '/opt/x', `${tree}/it's`, '/etc/tools'],
    ])
  })

  it('adds nothing to a service that does not read the env file', () => {
    const { environment } = file(CONFIG, `${OLD}\nP_FURTHER: '[x]'`).services.app
    expect(environment).toMatchObject({ AI_TRADE_IMAGE: 'new:1', TAKEN: 'new value' })
    expect(environment).not.toHaveProperty('ADDED')
    expect(
      file(CONFIG.replace(/ {4}environment:\n( {6}.*\n)+ {4}image: new:1/u, '    image: new:1'), OLD).services
        .app,
    ).toEqual(expect.not.objectContaining({ environment: expect.anything() }))
  })

  const PREPARED = `
fakes=\${PATH%%:*} one=$PWD/one; rm -rf "$one" "$fakes/said" "$fakes/container" "$fakes/network"
STATE_DIR=$one/.closed-loop TX=a TX_DIR=$one/.closed-loop/transactions/a; mkdir -p "$TX_DIR/snapshot"
printf '%s\\n' "$3" >"$fakes/config.yml"; echo "$1" >"$fakes/code"; echo "$2" >"$fakes/ended"
printf 'project_dir\\t%s\\nenv_file\\t.env\\ncompose_file\\tc.yml\\nproject_name\\tshop\\ngate\\tapp\\nimage\\tAI_TRADE_IMAGE\\tnew:1\\npreflight_command\\tcheck "$X" && true\\n' "$one" >"$TX_DIR/plan"
echo AI_TRADE_IMAGE=old:1 >"$one/.env"; cp "$one/.env" "$fakes/before"; echo shop_there >"$TX_DIR/snapshot/networks"
printf 'new:1\\tsha256:new\\n' >"$TX_DIR/new-images"; echo prefetched >"$TX_DIR/state"; open_transaction a
check_edit() { CHECK_OLD="P_AI_TRADE_IMAGE: '[old:1]'" CHECK_FACTS=$(printf 'service\\tapp\\tnew:1\\tapp\\t\\tpulled'); }
`
  const run = (script: string, code = '0', ended = 'exited') =>
    bench
      .run(shell, `${PREPARED}\n${script}`, { words: [code, ended, CONFIG] })
      .stdout.replaceAll(bench.directory, 'DIR')
      .split('\n')
      .slice(0, -1)

  const LEFT = 'cmp "$one/.env" "$fakes/before" && ls -A "$one" "$TX_DIR"; state'
  const NOTHING_LEFT = [
    ...['DIR/one:', '.closed-loop', '.env', '', 'DIR/one/.closed-loop/transactions/a:'],
    ...['new-images', 'plan', 'snapshot', 'state', 'prefetched'],
  ]

  it.each(['0', '3', '137'])('says that the command ended with %s, and leaves nothing', (code) => {
    expect(run(`( job_trial 300 ) 2>/dev/null; echo "code $?"; ${LEFT}`, code)).toEqual([
      ...[`fact\texited\t${code}`, 'code 0', ...NOTHING_LEFT],
    ])
    expect(
      run('( job_trial 300 ) >/dev/null 2>&1; cat "$fakes/said"; grep -c sha256:new "$fakes/used.yml"'),
    ).toEqual([
      'compose --file DIR/one/.closed-loop/transactions/a/trial/compose.yml --project-name shop --project-directory DIR/one --profile * --env-file DIR/one/.closed-loop/transactions/a/trial/env --ansi never run --no-deps -T --label closed-loop.run=a --entrypoint sh app -c check "$X" && true',
      ...['rm --force --volumes c1', 'network rm shop_new', '1'],
    ])
  })

  it.each(['running', 'created'])('says no code of a container that is %s', (ended) => {
    expect(run(`( job_trial 300 ) 2>/dev/null; echo "code $?"; ${LEFT}`, '0', ended)).toEqual([
      'code 1',
      ...NOTHING_LEFT,
    ])
  })

  it('is refused where Compose reads something else in the edited env file', () => {
    const refused = `check_edit() { CHECK_REFUSED=why; return 1; }; ( job_trial 300 ); echo "code $?"; ${LEFT}`
    expect(run(refused)).toEqual(['fact\trefused\tenv_edit\twhy', 'code 1', ...NOTHING_LEFT])
  })

  it('leaves nothing after a kill once the transaction is abandoned', () => {
    const script = `mkdir "$TX_DIR/trial"; : >"$fakes/container"; : >"$fakes/network"
wait_for_docker() { :; }; release_images() { :; }; forget_images() { :; }; tx_release() { :; }; disarm() { :; }
abandon; cat "$fakes/said"; ${LEFT}`
    expect(run(script)).toEqual([
      ...['rm --force --volumes c1', 'network rm shop_new'],
      ...NOTHING_LEFT.slice(0, 5),
      ...['journal', ...NOTHING_LEFT.slice(5, -1), 'unchanged'],
    ])
  })
})
