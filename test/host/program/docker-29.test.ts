import { afterAll, describe, expect, it } from '@jest/globals'
import { containerOf, dockerBench, IMAGE_ID, idOf, PLAIN_IMAGE } from './fake-docker/bench.ts'
import { SHELLS } from './shells.ts'

const bench = dockerBench()
afterAll(() => bench[Symbol.dispose]())

const APP = containerOf('app')
/** Not of Compose: it has no label at all. */
const FOREIGN = containerOf('foreign', { Name: '/foreign', Config: { Image: 'plain:1' } })
const RUNS = { containers: [APP, FOREIGN], images: [{ ...PLAIN_IMAGE, references: ['plain:1'] }] }
const LINE = `shop-app-1\tapp\t1\tFalse\t${IMAGE_ID}\tplain:1\trunning\tnone\talways:0\t-\t${idOf('app')}\t2026-11-01T10:00:01Z\t0\t0\tfalse\tlasting\t-`

describe.each(SHELLS)('Docker 29, under %s,', (shell) => {
  const told = (state: object, script: string) => {
    bench.has(state)
    const { code, stdout, stderr } = bench.run(shell, `PROJECT_NAME=shop TX_DIR= GATE=\n${script}`)
    return { code, lines: stdout.split('\n').slice(0, -1), stderr }
  }

  it.each<readonly [what: string, script: string, lines: readonly string[]]>([
    ['an image by its reference', 'image_id plain:1; local_id plain:1', [IMAGE_ID, IMAGE_ID]],
    ['no image where there is none', 'local_id none:1; echo "$?"', ['0']],
    ['a container', `container_lines ${idOf('app')}`, [LINE]],
    [
      'a container that is no Compose’s',
      `container_lines ${idOf('foreign')} | cut -f 1-5`,
      [`foreign\t\t\t\t${IMAGE_ID}`],
    ],
    ['nothing of a container that is gone', `container_lines ${'9'.repeat(64)} 2>/dev/null`, []],
    ['only what is there of several', `container_lines ${'9'.repeat(64)} ${idOf('app')} 2>/dev/null`, [LINE]],
    [
      'all of the project',
      'inventory | cut -f 1,2,11',
      [`foreign\t\t${idOf('foreign')}`, `shop-app-1\tapp\t${idOf('app')}`],
    ],
    [
      'what a state in the diagnostics is made of',
      `container_states ${idOf('app')} | grep -o '"restartPolicy":{[^}]*}'`,
      ['"restartPolicy":{"Name":"always","MaximumRetryCount":0}'],
    ],
    [
      'whose container is whose, and that nothing is shared',
      'plan_values() { echo given; }; PROJECT_FACTS=; preflight_containers | grep -v "^fact.container"; echo "$?"',
      [
        `fact\tother\t${idOf('app')}\tshop-app-1\tUp 2 hours\tshop\tapp\tFalse\t""\t""\t`,
        `fact\tother\t${idOf('foreign')}\tforeign\tUp 2 hours\t\t\t\t""\t""\t`,
        'fact\tlog_driver\t',
        'fact\tlooked\tcontainers',
        '0',
      ],
    ],
    [
      'tags of what is built',
      `plan_values() { echo given; }; PROJECT_FACTS=$(printf 'service\\tapp\\tplain:1\\t\\t\\tbuilt'); preflight_containers | grep local_image`,
      ['fact\tlocal_image\tplain:1'],
    ],
  ])('tells %s', (_, script, lines) => {
    expect(told(RUNS, script).lines).toEqual(lines)
    expect(bench.fallbacks()).toEqual([])
  })

  it('tells volumes that have no name', () => {
    const volume = 'f'.repeat(64)
    const mounts = [
      { Type: 'volume', Name: volume, Source: '/var/lib', Destination: '/data', RW: true },
      { Type: 'volume', Name: 'named', Source: '/var/lib', Destination: '/named', RW: false },
      { Type: 'bind', Source: '/etc', Destination: '/etc', RW: true },
    ]
    const state = { containers: [containerOf('app', { Mounts: mounts })] }
    expect(told(state, `record_volumes "$(inventory)"`).lines).toEqual([`app\t${volume}\t/data\ttrue`])
    expect(bench.fallbacks()).toEqual([])
  })

  it('pulls an image without any label', () => {
    const script = `
PLAN= TX=a TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"; : >"$TX_DIR/snapshot/tags"
state() { echo snapshotted; }; set_state() { echo "$1"; }; pull_config() { :; }; other_references() { :; }
wanted_references() { echo plain:1; }
job_prefetch 2>&1`
    const lines = told(RUNS, script).lines.filter((line) => !line.startsWith('$ '))
    expect(lines).toEqual([`fact\tpulled\tplain:1\t${IMAGE_ID}\t`, 'prefetched'])
    expect(bench.fallbacks()).toEqual([])
  })

  it('holds an image without a volume for the paths that it declares', () => {
    const declared = {
      ...PLAIN_IMAGE,
      references: ['plain:1'],
      Config: { Volumes: { '/data': {}, '/a,"b" c': {} } },
    }
    const script = `
TX=a TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"
inventory >"$TX_DIR/snapshot/containers"; : >"$TX_DIR/snapshot/tags"; wanted_references() { echo reg/plain:2; }
hold_images; cat "$TX_DIR/snapshot/digests"`
    expect(told({ containers: [APP], images: [declared] }, script).lines).toEqual([
      `${IMAGE_ID}\treg/plain@sha256:2`,
    ])
    expect(bench.calls().filter((call) => call.startsWith('create'))).toEqual([
      'create --pull never --name closed-loop-hold-a-1 --label closed-loop.transaction=a --label com.docker.compose.project= --label com.docker.compose.service= --mount type=tmpfs,"destination=/data" --mount type=tmpfs,"destination=/a,""b"" c" --network none --entrypoint closed-loop-hold closed-loop-hold:a-1',
    ])
  })

  it('says of which commit an image is', () => {
    const labelled = {
      ...PLAIN_IMAGE,
      references: ['plain:1'],
      Config: { Labels: { 'org.opencontainers.image.revision': 'abc' } },
    }
    const script = `
PLAN= TX=a TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"; : >"$TX_DIR/snapshot/tags"
state() { echo snapshotted; }; set_state() { :; }; pull_config() { :; }; other_references() { :; }
wanted_references() { echo plain:1; }
job_prefetch`
    expect(told({ images: [labelled] }, script).lines).toEqual([`fact\tpulled\tplain:1\t${IMAGE_ID}\tabc`])
  })
})

describe.each(SHELLS)('what is to be confirmed, under %s,', (shell) => {
  const looked = (state: object) => {
    bench.has(state)
    const script = `PROJECT_NAME=shop GATE=app DOCKER_SECONDS=0 TX_DIR=$PWD/tx; rm -rf "$TX_DIR"; mkdir -p "$TX_DIR/snapshot"
printf '%s\\t2026-11-01T10:00:01Z\\t%s\\tapp\\n' '${idOf('app')}' '${IMAGE_ID}' >"$TX_DIR/ready"
still_ready; echo "$?"
printf '%s\\talways:0\\n' '${idOf('app')}' | (docker_write() { return 1; }; set_policies); echo "$?"`
    const { stdout, stderr } = bench.run(shell, script)
    return { lines: stdout.split('\n').slice(0, -1), stderr }
  }

  it('is ready where it still runs', () => {
    expect(looked(RUNS)).toMatchObject({ lines: ['0', '1'], stderr: expect.stringContaining('did not get') })
  })

  it('is removed where Docker does not have it any more, and then needs no restart policy', () => {
    expect(looked({ containers: [FOREIGN] }).lines).toEqual(['fact\tproblem\tlost\tapp\tremoved\t', '1', '0'])
  })

  it('is not told as removed where Docker does not answer, nor left without its restart policy unsaid', () => {
    const { lines, stderr } = looked({ isDown: true })
    expect(lines).toEqual(['3', '1'])
    expect(stderr).toContain('Docker does not answer, so what is in service cannot be looked at')
  })
})

describe.each(SHELLS)('preflight, under %s,', (shell) => {
  const REFUSED = 'client version 1.43 is too old. Minimum supported API version is 1.44'
  const WARNING = 'WARNING: Error loading config file: /root/.docker/config.json - invalid character'
  const engine = { version: { Server: { Version: '29.7.2' } }, compose: { version: '2.40.3' } }
  const found = (state: object, script: string) => {
    bench.has(state)
    const { stdout } = bench.run(
      shell,
      `printf 'services: {}\\n' >compose.yml; : >.env
use_plan "$(printf 'project_dir\\t%s\\ncompose_file\\tcompose.yml\\nenv_file\\t.env\\nproject_name\\tshop\\ndeploy\\tapp\\n' "$PWD")"
${script}`,
    )
    return stdout.split('\n').slice(0, -1)
  }

  it.each([
    ['the versions', { ...engine, warning: WARNING }, ['fact\tdocker\t29.7.2', 'fact\tcompose\t2.40.3', '0']],
    [
      'what is said of a Docker that does not answer',
      { ...engine, isDown: true },
      [
        'fact\tfinding\tdocker-unreachable\tCannot connect to the Docker daemon at unix:///var/run/docker.sock.',
        '1',
      ],
    ],
  ])('reads %s beside a warning of the client', (_, state, lines) => {
    expect(found(state, 'tell_engine; echo "$?"')).toEqual(lines)
  })

  it('reads image IDs and what is shared beside a warning of the client', () => {
    const sharer = containerOf('side', {
      HostConfig: { ...APP.HostConfig, NetworkMode: `container:${idOf('outside')}` },
    })
    const state = { ...RUNS, warning: WARNING, containers: [sharer] }
    const script = 'local_id plain:1; local_id none:1; echo "$?"; inventory | cut -f 1,17'
    expect(found(state, script)).toEqual([IMAGE_ID, '0', 'shop-side-1\tcut'])
    // By its name: its ID is a new one after each deployment.
    const hashed = (id: string) => {
      const shares = { HostConfig: { ...APP.HostConfig, NetworkMode: `container:${id}` } }
      const containers = [containerOf('side', shares), containerOf('outside', { Id: id, Name: '/outside' })]
      return found({ ...state, containers }, 'inventory | cut -f 1,10,17 | tail -n 1')
    }
    expect(hashed(idOf('outside'))).toEqual(hashed(idOf('other')))
    expect(hashed(idOf('outside')).join()).toMatch(/^shop-side-1\t[0-9a-f]{64}\t-$/u)
  })

  it('asks Compose in the words of the client, and tells how it ended', () => {
    const asked = (state: object, words: string) => found(state, `ask_docker in-file all ${words}`)
    expect(asked(engine, 'compose ps --all --quiet')).toEqual(['fact\tended\t0', 'text\t'])
    const calls = bench.calls().map((call) => call.replace(`${bench.directory}/`, ''))
    expect(calls).toEqual([
      'compose --file compose.yml --project-name shop --profile * --env-file .env --ansi never ps --all --quiet',
    ])
    const refusing = { ...engine, compose: { version: '2.23.0', refuses: { ps: REFUSED } } }
    expect(asked(refusing, 'compose ps --all --quiet')).toEqual(['fact\tended\t1', `text\t${REFUSED}`])
  })

  it('tells what Compose says of the containers that it was asked about, and of no other', () => {
    const said =
      ' Container shop-app-1  Recreate\n Container shop-app-1  Recreated\n Container secret  Running'
    expect(
      found(
        engine,
        `compose() { printf '${said} \\n'; }; PLAN="container\${TAB}shop-app-1"; ask_docker in-file all compose up | grep said`,
      ),
    ).toEqual(['fact\tsaid\tshop-app-1\tRecreate', 'fact\tsaid\tshop-app-1\tRecreated'])
  })
})

describe.each(SHELLS)('the watch, under %s,', (shell) => {
  const watched = (state: object, script: string, without = '') => {
    bench.has(state)
    const { stdout } = bench.run(
      shell,
      `WATCHED=$PWD/watched; : >"$WATCHED"
# has STATE : what Docker has from now on
has() { printf '%s' "$1" >'${bench.stateFile}.new' && mv '${bench.stateFile}.new' '${bench.stateFile}'; }
begin() {
  setsid sh -c '. "$1"; PROJECT_NAME=shop TX_DIR= GATE=; ${without}
job_watch 600; echo "ended $?"' sh '${bench.program}' >>"$WATCHED" 2>&1 </dev/null &
}
until_there() { until grep -q "$1" "$2" 2>/dev/null; do command sleep 0.1; done; }
saw() { until_there "$1" "$WATCHED"; }
${script}
kill -9 "-$!" 2>/dev/null
# What timeout runs has a group of its own: this ends the stream.
has '{"isDown":true}'
cut -f 1-3 "$WATCHED"`,
      { seconds: 120 },
    )
    return stdout.split('\n').slice(0, -1)
  }
  const event = (service: string) => ({ Type: 'container', Action: 'destroy', Actor: { ID: idOf(service) } })
  const GONE = JSON.stringify({ containers: [FOREIGN], events: [event('app')], version: {} })
  const STATES = ['fact\tstate\tshop-app-1', 'fact\tstate\tforeign']

  it('tells a container that was removed, by its event', () => {
    const lines = watched(RUNS, `begin; saw state; has '${GONE}'; saw gone`)
    // It may be listed once more between the two.
    expect(lines.slice(0, 2)).toEqual(STATES)
    expect(lines).toContain(`fact\tgone\t${idOf('app')}`)
  })

  it('tells one that was removed while there were no events', () => {
    const after = JSON.stringify({ containers: [FOREIGN], version: {} })
    const lines = watched(
      RUNS,
      `begin; saw foreign; has '{"isDown":true}'; saw connect; has '${after}'; saw gone`,
    )
    expect(lines).toContain(`fact\tgone\t${idOf('app')}`)
    expect(lines.filter((line) => line.startsWith('fact\tgone'))).toHaveLength(1)
  })

  it('lists all as soon as it can, where events were there before that', () => {
    const fails = 'docker_read() { if [ -e unlisted ]; then rm unlisted; return 1; fi; docker "$@"; }'
    expect(watched(RUNS, ': >unlisted; begin; saw foreign', fails).slice(0, 2)).toEqual(STATES)
  })

  it('takes nothing for removed that a Docker which is away does not show', () => {
    const down = JSON.stringify({ isDown: true, events: [event('app')] })
    const lines = watched(RUNS, `begin; saw foreign; has '${down}'; saw connect`)
    expect(lines.filter((line) => line.includes('gone'))).toEqual([])
  })

  it('lists all again and again where a Docker that answers gives no events', () => {
    const lines = watched(
      { ...RUNS, stream: 'ends' },
      `begin; until [ "$(grep -c foreign "$WATCHED")" -gt 6 ]; do command sleep 0.1; done`,
      'sleep() { :; }',
    )
    expect(lines.filter((line) => line.startsWith('ended'))).toEqual([])
  })

  it('goes on where there is no Docker for long', () => {
    const lines = watched(
      { isDown: true },
      `begin; until [ "$(grep -c connect "$WATCHED")" -gt 6 ]; do command sleep 0.1; done`,
      'sleep() { :; }',
    )
    expect(lines.filter((line) => line.startsWith('ended'))).toEqual([])
  })
})
